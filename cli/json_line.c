#include "cli/json_line.h"

#include "base/json.h"
#include "base/utf8.h"

#include <stdio.h>

json_t *json_line_string(const char *string)
{
    char *repaired = strdup(string);
    REQUIRE(repaired);
    utf8_repair(repaired);
    json_t *json = json_string(repaired);
    free(repaired);
    return json;
}

void json_line_print(json_t *take_object)
{
    AUTO(json) json_t *object = take_object;
    AUTO(text) struct text line = {0};
    REQUIRE(json_is_object(object));
    json_write(object, &line);
    text_add_char(&line, '\n');
    fwrite(line.at, 1, line.length, stdout);
}
