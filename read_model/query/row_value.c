/* What JSON and CSV cannot hold is dealt with here: infinities, and bytes that are no text. */
#include "read_model/query/row_value.h"

#include <math.h>
#include <stdio.h>

bool row_value_write_real(double number, struct text *out)
{
    char digits[40];
    if (!isfinite(number))
        return false;
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, number);
        if (strtod(digits, NULL) == number)
            break;
    }
    text_add(out, digits);
    if (!strpbrk(digits, ".e"))
        text_add(out, ".0");
    return true;
}

void row_value_repair(struct slice text, struct text *out)
{
    while (text.length > 0) {
        size_t good = 1;
        while (good <= 4 && good <= text.length && !text_is_utf8((struct slice){text.at, good}))
            good++;
        bool bad = good > 4 || good > text.length;
        text_add_slice(out, bad ? slice_of("\xef\xbf\xbd") : (struct slice){text.at, good});
        good = bad ? 1 : good;
        text = (struct slice){text.at + good, text.length - good};
    }
}
