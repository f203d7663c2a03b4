/* A long double holds every 64-bit integer and every double exactly on the machines we build for,
 * which a static assertion checks; so comparing is exact. Nothing here allocates.
 */
#include "schema/json_schema/json_number.h"

#include <float.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

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

bool json_number_is_integer(const json_t *number)
{
    return json_is_integer(number) || (json_is_real(number) && is_whole(json_real_value(number)));
}

int json_number_compare(const json_t *a, const json_t *b)
{
    long double left = value_of(a), right = value_of(b);
    return (left > right) - (left < right);
}

/* digits × 10^exponent, the sign left out. */
struct decimal {
    uint64_t digits;
    int exponent;
};

/* Of the shortest text like 1.999e+01 that reads back to the same. */
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

bool json_number_is_multiple(const json_t *number, const json_t *divisor)
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
