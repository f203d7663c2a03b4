/* Days are counted with the proleptic Gregorian calendar, without the C library's time zones. */
#include "base/clock.h"

#include "base/error.h"

#include <stdatomic.h>

static _Atomic int64_t test_time_us, test_step_us;

static int64_t read_clock_us(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
    int64_t test = atomic_load_explicit(&test_time_us, memory_order_relaxed);
    return test ? test
                : read_clock_us(CLOCK_REALTIME) +
                      atomic_load_explicit(&test_step_us, memory_order_relaxed);
}

int64_t clock_monotonic_us(void)
{
    return read_clock_us(CLOCK_MONOTONIC);
}

int64_t clock_monotonic_ms(void)
{
    return clock_monotonic_us() / 1000;
}

struct timespec clock_monotonic_moment(int64_t ms)
{
    return (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
}

void clock_set_for_test(int64_t us)
{
    atomic_store(&test_time_us, us);
}

void clock_step_for_test(int64_t by_us)
{
    atomic_fetch_add(&test_step_us, by_us);
}

/* Days from 1970-01-01 to a date; months from 1. Years begin in March here, so that a leap day is
 * a year's last day. */
static int64_t days_from_date(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static void date_from_days(int64_t days, int64_t *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    *month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

static char *put_digits(char *out, int64_t number, int count)
{
    for (int i = count - 1; i >= 0; i--, number /= 10)
        out[i] = (char)('0' + number % 10);
    return out + count;
}

void clock_format(int64_t us, char out[CLOCK_TEXT_BYTES])
{
    int64_t day_us = 86400LL * 1000000;
    int64_t days = us / day_us - (us % day_us < 0);
    int64_t rest = us - days * day_us;
    int64_t year;
    int month, day;
    date_from_days(days, &year, &month, &day);
    REQUIRE(year >= 0 && year <= 9999);
    out = put_digits(out, year, 4), *out++ = '-';
    out = put_digits(out, month, 2), *out++ = '-';
    out = put_digits(out, day, 2), *out++ = 'T';
    out = put_digits(out, rest / 3600000000, 2), *out++ = ':';
    out = put_digits(out, rest / 60000000 % 60, 2), *out++ = ':';
    out = put_digits(out, rest / 1000000 % 60, 2), *out++ = '.';
    out = put_digits(out, rest % 1000000, 6), *out++ = 'Z';
    *out = '\0';
}

/* Takes exactly `count` digits and then, if not 0, the character `then` (a letter in either case).
 */
static bool take_digits(struct slice *text, size_t count, char then, int *ret)
{
    size_t needed = count + (then != 0);
    if (text->length < needed)
        return false;
    *ret = 0;
    for (size_t i = 0; i < count; i++) {
        if (text->at[i] < '0' || text->at[i] > '9')
            return false;
        *ret = *ret * 10 + (text->at[i] - '0');
    }
    char found = then ? text->at[count] : '\0';
    if (found != then && !(then == 'T' && found == 't'))
        return false;
    *text = (struct slice){text->at + needed, text->length - needed};
    return true;
}

static bool take_fraction(struct slice *text, int64_t *ret_us)
{
    *ret_us = 0;
    if (text->length == 0 || text->at[0] != '.')
        return true;
    size_t i = 1;
    for (int64_t unit = 100000; i < text->length && text->at[i] >= '0' && text->at[i] <= '9'; i++) {
        *ret_us += unit * (text->at[i] - '0');
        unit /= 10;
    }
    *text = (struct slice){text->at + i, text->length - i};
    return i > 1;
}

static bool take_offset(struct slice *text, int *ret_minutes)
{
    if (text->length == 0)
        return false;
    char sign = text->at[0];
    *text = (struct slice){text->at + 1, text->length - 1};
    *ret_minutes = 0;
    if (sign == 'Z' || sign == 'z')
        return true;
    int hours, minutes;
    if ((sign != '+' && sign != '-') || !take_digits(text, 2, ':', &hours) ||
        !take_digits(text, 2, 0, &minutes) || hours > 23 || minutes > 59)
        return false;
    *ret_minutes = (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

bool clock_parse(struct slice text, int64_t *ret_us)
{
    int year, month, day, hour, minute, second, offset;
    int64_t fraction;
    if (!take_digits(&text, 4, '-', &year) || !take_digits(&text, 2, '-', &month) ||
        !take_digits(&text, 2, 'T', &day) || !take_digits(&text, 2, ':', &hour) ||
        !take_digits(&text, 2, ':', &minute) || !take_digits(&text, 2, 0, &second) ||
        !take_fraction(&text, &fraction) || !take_offset(&text, &offset) || text.length != 0)
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 ||
        minute > 59 || second > 60)
        return false;
    int64_t minutes = days_from_date(year, month, day) * 1440 + hour * 60 + minute - offset;
    if (second == 60 && (minutes + 1) % 1440 != 0)
        return false;
    int64_t us = (minutes * 60 + second) * 1000000 + fraction;
    if (us < days_from_date(0, 1, 1) * 86400000000 ||
        us >= days_from_date(10000, 1, 1) * 86400000000)
        return false;
    *ret_us = us;
    return true;
}
