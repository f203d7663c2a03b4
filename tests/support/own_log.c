#include "tests/support/own_log.h"

#include <stdio.h>

#define URLS_MOST 256

const char *own_log_url(const char *directory)
{
    static char *urls[URLS_MOST];
    size_t i = 0;
    for (; i < URLS_MOST && urls[i]; i++)
        if (strcmp(urls[i] + strlen("sqlite:"), directory) == 0)
            return urls[i];
    REQUIRE(i < URLS_MOST && asprintf(&urls[i], "sqlite:%s", directory) > 0);
    return urls[i];
}

enum err own_log_open(const char *directory, enum event_store_access access,
                      struct event_store **ret_store, struct error *error)
{
    AUTO(text) struct text url = {0};
    text_printf(&url, "sqlite:%s", directory);
    return event_store_open(url.at, access, ret_store, error);
}
