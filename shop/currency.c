#include "shop/currency.h"

#include "write_model/event_data.h"

#include <string.h>

enum err currency_read(const json_t *data, char ret_currency[CURRENCY_BYTES], struct error *error)
{
    const char *currency;
    enum err err = event_data_text(data, "currency", &currency, error);
    if (err)
        return err;
    if (strlen(currency) != CURRENCY_BYTES - 1)
        return error_set(error, ERR_CORRUPT, "currency is not three letters: %s", currency);
    memcpy(ret_currency, currency, CURRENCY_BYTES);
    return OK;
}
