#include "http/control_path.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum err control_path(const char *data_directory, const char *role, struct sockaddr_un *ret_address,
                      struct error *error)
{
    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    int length = snprintf(ret_address->sun_path, sizeof ret_address->sun_path, "%s/run/%s.sock",
                          data_directory, role);
    if (length < 0 || (size_t)length >= sizeof ret_address->sun_path)
        return error_set(
            error, ERR_USAGE,
            "%s/run/%s.sock is longer than the %zu bytes a Unix socket's path may have; "
            "choose a shorter --data",
            data_directory, role, sizeof ret_address->sun_path - 1);
    return OK;
}

enum err control_make_directory(const char *data_directory, struct error *error)
{
    AUTO(text) struct text run = {0};
    text_printf(&run, "%s/run", data_directory);
    if ((mkdir(data_directory, 0700) != 0 && errno != EEXIST) ||
        (mkdir(run.at, 0700) != 0 && errno != EEXIST))
        return error_set(error, ERR_IO, "make %s: %s", run.at, strerror(errno));
    return OK;
}
