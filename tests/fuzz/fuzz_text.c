/* Times, percent-encoding, integers, addresses of the bus: read or refused, and what was read comes
 * back the same when written. */
#include "base/clock.h"
#include "base/encoding.h"
#include "base/text.h"
#include "bus/bus_url.h"
#include "tests/fuzz/target.h"

static void read_time(struct slice input)
{
    char written[CLOCK_TEXT_BYTES];
    int64_t us, again;
    if (!clock_parse(input, &us))
        return;
    clock_format(us, written);
    REQUIRE(clock_parse(slice_of(written), &again) && again == us);
}

static void read_percent(struct slice input)
{
    AUTO(text) struct text decoded = {0};
    AUTO(text) struct text encoded = {0};
    AUTO(text) struct text again = {0};
    if (!encoding_read_percent(input, false, &decoded))
        return;
    encoding_write_percent(text_slice(&decoded), &encoded);
    REQUIRE(encoding_read_percent(text_slice(&encoded), false, &again));
    REQUIRE(slice_equal(text_slice(&decoded), text_slice(&again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct slice input = {(const char *)bytes, length};
    AUTO(text) struct text string = {0};
    struct bus_url url;
    struct error error = {0};
    int64_t number;
    read_time(input);
    read_percent(input);
    (void)slice_read_int(input, &number);
    (void)slice_matches(input, slice_of("loan.*.v1"));
    text_add_slice(&string, input);
    enum err err = bus_url_read(string.at, &url, &error);
    REQUIRE(err == OK || err == ERR_USAGE);
    return 0;
}
