/* Numbers: a long double represents every 64-bit integer and every double exactly on the supported
 * machines, which a static assertion checks; so comparing is exact.
 *
 * Repeated elements: equal values have equal hashes; values with the same hash are then compared. The
 * hash is seeded at random in each process, so that a client cannot prepare an array of collisions.
 */
#include "schema/json_schema/json_value.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/random.h"

#include <float.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAIRWISE_MOST 32
#define UNIT_BYTES    64

_Static_assert(LDBL_MANT_DIG >= 64, "a long double must hold every int64_t");

static long double value_of(const json_t *number)
{
    return json_is_integer(number) ? (long double)json_integer_value(number)
                                   : (long double)json_real_value(number);
}

/* A double of 2^53 or more has no fraction. */
static bool is_whole(double real)
{
    const double whole = 9007199254740992.0;
    return real >= whole || real <= -whole || (double)(int64_t)real == real;
}

bool json_value_is_integer(const json_t *number)
{
    return json_is_integer(number) || (json_is_real(number) && is_whole(json_real_value(number)));
}

/* --- types ------------------------------------------------------------------------------------ */

static const struct {
    unsigned bit;
    const char *name, *words;
} types[] = {
    {SCHEMA_OBJECT, "object", "an object"}, {SCHEMA_ARRAY, "array", "an array"},
    {SCHEMA_STRING, "string", "a string"},  {SCHEMA_INTEGER, "integer", "an integer"},
    {SCHEMA_NUMBER, "number", "a number"},  {SCHEMA_BOOLEAN, "boolean", "true or false"},
    {SCHEMA_NULL, "null", "null"},
};

#define TYPE_COUNT (sizeof types / sizeof *types)

unsigned json_value_find_type(const char *name)
{
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (strcmp(types[i].name, name) == 0)
            return types[i].bit;
    return 0;
}

void json_value_describe_types(unsigned wanted, struct text *out)
{
    bool first = true;
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (!(wanted & types[i].bit))
            continue;
        text_add(out, first ? "" : " or ");
        text_add(out, types[i].words);
        first = false;
    }
}

unsigned json_value_types(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return SCHEMA_OBJECT;
    case JSON_ARRAY:
        return SCHEMA_ARRAY;
    case JSON_STRING:
        return SCHEMA_STRING;
    case JSON_INTEGER:
        return SCHEMA_INTEGER | SCHEMA_NUMBER;
    case JSON_REAL:
        return json_value_is_integer(value) ? SCHEMA_INTEGER | SCHEMA_NUMBER : SCHEMA_NUMBER;
    case JSON_NULL:
        return SCHEMA_NULL;
    default:
        return SCHEMA_BOOLEAN;
    }
}

int json_value_compare(const json_t *a, const json_t *b)
{
    long double left = value_of(a), right = value_of(b);
    return (left > right) - (left < right);
}

/* digits × 10^exponent, without the sign. */
struct decimal {
    uint64_t digits;
    int exponent;
};

/* Of the shortest text, like 1.999e+01, that reads back to the same number. */
static struct decimal decimal_of_real(double real)
{
    char text[32];
    for (int digits = 0; digits < DBL_DECIMAL_DIG; digits++) {
        snprintf(text, sizeof text, "%.*e", digits, real);
        if (strtod(text, NULL) == real)
            break;
    }
    struct decimal decimal = {0};
    const char *at = text;
    for (bool fraction = false; *at != 'e'; at++) {
        if (*at == '.') {
            fraction = true;
            continue;
        }
        decimal.digits = decimal.digits * 10 + (uint64_t)(*at - '0');
        decimal.exponent -= fraction;
    }
    decimal.exponent += (int)strtol(at + 1, NULL, 10);
    return decimal;
}

static struct decimal decimal_of(const json_t *number)
{
    if (json_is_real(number))
        return decimal_of_real(__builtin_fabs(json_real_value(number)));
    int64_t integer = json_integer_value(number);
    return (struct decimal){.digits = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer};
}

/* left × right mod modulus. */
static uint64_t multiply_modulo(uint64_t left, uint64_t right, uint64_t modulus)
{
    __extension__ unsigned __int128 product = (unsigned __int128)left * right;
    return (uint64_t)(product % modulus);
}

bool json_value_is_multiple(const json_t *number, const json_t *divisor)
{
    struct decimal n = decimal_of(number), d = decimal_of(divisor);
    if (n.digits == 0)
        return true;
    /* Bring both to the same power of ten: the divisor's digits grow, or the number's do. */
    for (; d.exponent > n.exponent; d.exponent--)
        if (d.digits > n.digits || __builtin_mul_overflow(d.digits, 10, &d.digits))
            return false;
    uint64_t rest = n.digits % d.digits;
    for (; n.exponent > d.exponent && rest != 0; n.exponent--)
        rest = multiply_modulo(rest, 10, d.digits);
    return rest == 0;
}

static bool arrays_equal(const json_t *a, const json_t *b)
{
    size_t count = json_array_size(a);
    if (json_array_size(b) != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!json_value_equals(json_array_get(a, i), json_array_get(b, i)))
            return false;
    return true;
}

static bool objects_equal(const json_t *a, const json_t *b)
{
    if (json_object_size(a) != json_object_size(b))
        return false;
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)a, name, value) {
        const json_t *other = json_object_get(b, name);
        if (!other || !json_value_equals(value, other))
            return false;
    }
    return true;
}

bool json_value_equals(const json_t *a, const json_t *b)
{
    if (json_is_number(a) && json_is_number(b))
        return json_value_compare(a, b) == 0;
    if (json_typeof(a) != json_typeof(b))
        return false;
    switch (json_typeof(a)) {
    case JSON_STRING:
        return json_equal(a, b);
    case JSON_ARRAY:
        return arrays_equal(a, b);
    case JSON_OBJECT:
        return objects_equal(a, b);
    default: /* null, true, false */
        return true;
    }
}

static uint64_t random_seed;

static void draw_seed(void)
{
    random_fill(&random_seed, sizeof random_seed);
}

static uint64_t hash_number(uint64_t seed, const json_t *number)
{
    double value = json_number_value(number) + 0.0; /* no negative zero */
    return hash_bytes(seed, (struct slice){(const char *)&value, sizeof value});
}

static uint64_t hash_value(uint64_t seed, const json_t *value)
{
    seed += json_is_number(value) ? (uint64_t)JSON_INTEGER : (uint64_t)json_typeof(value);
    uint64_t sum = 0;
    const char *name;
    json_t *member;
    switch (json_typeof(value)) {
    case JSON_INTEGER:
    case JSON_REAL:
        return hash_number(seed, value);
    case JSON_STRING:
        return hash_bytes(seed,
                          (struct slice){json_string_value(value), json_string_length(value)});
    case JSON_ARRAY:
        for (size_t i = 0; i < json_array_size(value); i++)
            seed = hash_value(seed, json_array_get(value, i));
        return hash_bytes(seed, slice_of("]"));
    case JSON_OBJECT: /* a sum, as the order does not matter */
        json_object_foreach ((json_t *)value, name, member)
            sum += hash_value(hash_bytes(seed, slice_of(name)), member);
        return hash_bytes(seed + sum, slice_of("}"));
    default:
        return hash_bytes(seed, slice_of("."));
    }
}

static bool find_repeat_pairwise(const json_t *array, size_t *ret_first, size_t *ret_second)
{
    size_t count = json_array_size(array);
    for (size_t second = 1; second < count; second++)
        for (size_t first = 0; first < second; first++)
            if (json_value_equals(json_array_get(array, first), json_array_get(array, second))) {
                *ret_first = first;
                *ret_second = second;
                return true;
            }
    return false;
}

struct hashed {
    uint64_t hash;
    size_t index;
};

static int compare_hashed(const void *left, const void *right)
{
    const struct hashed *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

static bool find_repeat_hashed(const json_t *array, struct hashed *sorted, size_t *ret_first,
                               size_t *ret_second)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, draw_seed);
    size_t count = json_array_size(array);
    for (size_t i = 0; i < count; i++)
        sorted[i] = (struct hashed){hash_value(random_seed, json_array_get(array, i)), i};
    qsort(sorted, count, sizeof *sorted, compare_hashed);
    for (size_t i = 1; i < count; i++)
        for (size_t j = i; j > 0 && sorted[j - 1].hash == sorted[i].hash; j--)
            if (json_value_equals(json_array_get(array, sorted[j - 1].index),
                                  json_array_get(array, sorted[i].index))) {
                *ret_first = sorted[j - 1].index;
                *ret_second = sorted[i].index;
                return true;
            }
    return false;
}

bool json_value_find_repeat(const json_t *array, size_t *ret_first, size_t *ret_second)
{
    size_t count = json_array_size(array);
    if (count <= PAIRWISE_MOST)
        return find_repeat_pairwise(array, ret_first, ret_second);
    struct hashed *sorted = calloc(count, sizeof *sorted);
    REQUIRE(sorted);
    bool found = find_repeat_hashed(array, sorted, ret_first, ret_second);
    free(sorted);
    return found;
}

size_t json_value_size(const json_t *value)
{
    size_t size = 1;
    const char *name;
    json_t *member;
    switch (json_typeof(value)) {
    case JSON_STRING:
        return 1 + json_string_length(value) / UNIT_BYTES;
    case JSON_ARRAY:
        for (size_t i = 0; i < json_array_size(value); i++)
            size += json_value_size(json_array_get(value, i));
        return size;
    case JSON_OBJECT:
        json_object_foreach ((json_t *)value, name, member)
            size += strlen(name) / UNIT_BYTES + json_value_size(member);
        return size;
    default:
        return 1;
    }
}
