/* Each format with texts that are of it and texts that only look like it. */
#include "tests/support/claims.h"

#include "schema/json_schema/format.h"

static void all(enum format format, bool expected, const char *const *texts)
{
    for (; *texts; texts++)
        if (format_fits(format, slice_of(*texts)) != expected)
            fail_msg("%s is%s a %s", *texts, expected ? " not" : "", format_name(format));
}

#define FIT(format, ...)    all(format, true, (const char *const[]){__VA_ARGS__, NULL})
#define DIFFER(format, ...) all(format, false, (const char *const[]){__VA_ARGS__, NULL})

static void format_is_found_by_its_name(void **state)
{
    (void)state;
    for (int i = FORMAT_NONE + 1; i < FORMAT_COUNT; i++)
        assert_int_equal(format_find(format_name((enum format)i)), i);
    assert_int_equal(format_find("hostname"), FORMAT_NONE);
    assert_int_equal(format_find(""), FORMAT_NONE);
}

static void date_time_is_of_rfc_3339(void **state)
{
    (void)state;
    FIT(FORMAT_DATE_TIME, "1963-06-19T08:30:06.283185Z", "1990-12-31T15:59:50.123-08:00",
        "1998-12-31T23:59:60Z", "1963-06-19t08:30:06z");
    DIFFER(FORMAT_DATE_TIME, "", "1998-12-31T23:58:60Z", "1990-02-31T15:59:59Z",
           "1990-12-31T15:59:59-24:00", "06/19/1963 08:30:06 PST", "2013-350T01:01:01",
           "1963-6-19T08:30:06Z", "1963-06-19T08:30:06", "1963-06-1৪T00:00:00Z");
}

static void date_has_ten_digits_and_exists(void **state)
{
    (void)state;
    FIT(FORMAT_DATE, "1963-06-19", "2020-02-29", "2020-12-31");
    DIFFER(FORMAT_DATE, "", "2021-02-29", "2020-04-31", "2020-13-01", "2020-00-01", "2020-01-00",
           "20230328", "1998-1-20", "1998-01-1", "2023-W01", "1963-06-19Z", "1963\n06-19");
}

static void uuid_has_five_groups(void **state)
{
    (void)state;
    FIT(FORMAT_UUID, "2EB8AA08-AA98-11EA-B4AA-73B441D16380", "2eb8aa08-aa98-11ea-b4aa-73b441d16380",
        "00000000-0000-0000-0000-000000000000");
    DIFFER(FORMAT_UUID, "", "2eb8aa08-aa98-11ea-b4aa-73b441d1638",
           "2eb8aa08aa9811eab4aa73b441d16380", "2eb8aa08-aa98-11ea-b4ga-73b441d16380",
           "2eb8-aa08-aa98-11ea-b4aa73b44-1d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d163800");
}

static void email_is_a_mailbox(void **state)
{
    (void)state;
    FIT(FORMAT_EMAIL, "joe.bloggs@example.com", "te~st@example.com", "~@example.com",
        "\"joe bloggs\"@example.com", "\"joe..bloggs\"@example.com", "\"joe@bloggs\"@example.com",
        "joe.bloggs@[127.0.0.1]", "joe.bloggs@[IPv6:::1]", "a@b", "x+y@sub.example.org");
    DIFFER(FORMAT_EMAIL, "", "2962", ".test@example.com", "test.@example.com", "te..st@example.com",
           "joe.bloggs@invalid=domain.com", "joe.bloggs@[127.0.0.300]", "joe@", "@example.com",
           "a b@example.com", "a@-x.org", "a@x-.org", "a@x..org", "a@.org", "a@b@c.org",
           "\"a\"b\"@example.com", "\"a\\\"@example.com", "jö@example.com");
    char longest[] = "1234567890123456789012345678901234567890123456789012345678901234@x.org";
    FIT(FORMAT_EMAIL, longest);
    DIFFER(FORMAT_EMAIL, "12345678901234567890123456789012345678901234567890123456789012345@x.org");
}

static void uri_has_a_scheme(void **state)
{
    (void)state;
    FIT(FORMAT_URI, "http://foo.bar/?baz=qux#quux", "http://foo.com/blah_(wikipedia)_blah#cite-1",
        "http://foo.bar/?q=Test%20URL-encoded%20stuff", "http://xn--nw2a.xn--j6w193g/",
        "http://-.~_!$&'()*+,;=:%40:80%2f::::::@example.com", "http://223.255.255.254",
        "ftp://ftp.is.co.za/rfc/rfc1808.txt", "http://www.ietf.org/rfc/rfc2396.txt",
        "ldap://[2001:db8::7]/c=GB?objectClass?one", "mailto:John.Doe@example.com",
        "news:comp.infosystems.www.servers.unix", "tel:+1-816-555-1212",
        "urn:oasis:names:specification:docbook:dtd:xml:4.1.2", "http://host:8080/", "file:///x");
    DIFFER(FORMAT_URI, "", "//foo.bar/?baz=qux#quux", "/abc", "\\\\WINDOWS\\fileshare", "abc",
           "http:// shouldfail.com", ":// should fail", "bar,baz:foo", "https://[@example.org/",
           "http://example.org/a b", "http://example.org/%zz", "http://example.org/%2",
           "http://example.org/#a#b", "http://h:80x/", "1a:b", "http://example.org/{x}",
           "http://example.org/ä", "http://example.org/[x]");
}

static void uri_reference_may_be_relative(void **state)
{
    (void)state;
    const char *const good[] = {"/shop", "//host/x", "a/b:c", "?q", "#f", "urn:x", "", "a"};
    const char *const bad[] = {"1a:b", "a b", "%", "a#b#c", "<x>"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!format_is_uri_reference(slice_of(good[i])))
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (format_is_uri_reference(slice_of(bad[i])))
            fail_msg("taken: %s", bad[i]);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(format_is_found_by_its_name),
        cmocka_unit_test(date_time_is_of_rfc_3339),
        cmocka_unit_test(date_has_ten_digits_and_exists),
        cmocka_unit_test(uuid_has_five_groups),
        cmocka_unit_test(email_is_a_mailbox),
        cmocka_unit_test(uri_has_a_scheme),
        cmocka_unit_test(uri_reference_may_be_relative),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
