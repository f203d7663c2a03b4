/* No state: each call adds to the text. */
#include "api/html.h"

#include "base/embedded.h"

extern const struct embedded_file api_files[];

void html_add(struct text *out, struct slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        switch (text.at[i]) {
        case '&':
            text_add(out, "&amp;");
            break;
        case '<':
            text_add(out, "&lt;");
            break;
        case '>':
            text_add(out, "&gt;");
            break;
        case '"':
            text_add(out, "&quot;");
            break;
        case '\'':
            text_add(out, "&#39;");
            break;
        default:
            text_add_char(out, text.at[i]);
        }
    }
}

void html_begin(struct text *out, const char *title)
{
    text_add(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                  "<link rel=\"icon\" href=\"data:,\">"); /* an empty icon: browsers then request
                                                           * none */
    html_element(out, "title", title);
    text_add(out, "<style>");
    text_add_slice(out, embedded_text(api_files, "page.css"));
    text_add(out, "</style></head>\n<body>\n");
    html_element(out, "h1", title);
}

void html_end(struct text *out)
{
    text_add(out, "</body></html>\n");
}

void html_element(struct text *out, const char *element, const char *text)
{
    if (!text)
        return;
    text_printf(out, "<%s>", element);
    html_add(out, slice_of(text));
    text_printf(out, "</%s>\n", element);
}

void html_link(struct text *out, const char *target, const char *text)
{
    text_add(out, "<a href=\"");
    html_add(out, slice_of(target));
    text_add(out, "\">");
    html_add(out, slice_of(text));
    text_add(out, "</a>");
}

void html_json(struct text *out, const json_t *json)
{
    char *dumped = json_dumps(json, JSON_INDENT(2) | JSON_ENCODE_ANY);
    REQUIRE(dumped);
    html_element(out, "pre", dumped);
    free(dumped);
}

void html_table_begin(struct text *out, const char *const *head)
{
    text_add(out, "<table><tr>");
    for (; *head; head++)
        html_element(out, "th", *head);
    text_add(out, "</tr>\n");
}

void html_table_end(struct text *out)
{
    text_add(out, "</table>\n");
}
