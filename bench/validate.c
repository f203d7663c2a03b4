/* How often per second one core validates the body of `order create` (the example in its own schema),
 * or parses it with bare jansson: validate annal|bare SECONDS. Prints the figure. */
#include "base/clock.h"
#include "base/json.h"
#include "schema/catalogue/catalogue.h"
#include "shop/shop.h"

#include <stdio.h>
#include <stdlib.h>

#define BURST 1000

struct subject {
    const struct json_schema *schema;
    json_t *order;
    struct text text;
};

static void validate(const struct subject *subject)
{
    for (int i = 0; i < BURST; i++)
        REQUIRE(json_schema_validate(subject->schema, subject->order, NULL));
}

static void parse(const struct subject *subject)
{
    for (int i = 0; i < BURST; i++) {
        json_t *json = json_loadb(subject->text.at, subject->text.length, 0, NULL);
        REQUIRE(json);
        json_decref(json);
    }
}

static double measure(void (*work)(const struct subject *), const struct subject *subject,
                      double seconds)
{
    int64_t begin = clock_monotonic_us(), now = begin, bursts = 0;
    for (; (double)(now - begin) < seconds * 1e6; now = clock_monotonic_us(), bursts++)
        work(subject);
    return (double)bursts * BURST / ((double)(now - begin) / 1e6);
}

int main(int argc, char **argv)
{
    AUTO(catalogue) struct catalogue *catalogue = NULL;
    REQUIRE(argc == 3);
    REQUIRE(catalogue_open(&shop.schemas, NULL, &catalogue, NULL) == OK);
    const struct catalogue_entry *entry = catalogue_command(catalogue, "order", "create");
    struct subject subject = {.schema = entry->schema};
    subject.order = json_array_get(json_object_get(entry->json, "examples"), 0);
    json_write(subject.order, &subject.text);
    bool bare = strcmp(argv[1], "bare") == 0;
    printf("%.0f\n", measure(bare ? parse : validate, &subject, strtod(argv[2], NULL)));
    text_finish(&subject.text);
    return 0;
}
