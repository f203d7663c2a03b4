/* Where a model is now. */
#include "read_model/query/reader.h"

static size_t index_of(const struct models *models, const struct model *model)
{
    size_t i = 0;
    while (i < models_count(models) && models_at(models, i) != model)
        i++;
    REQUIRE(i < models_count(models));
    return i;
}

bool read_side_has_shown(struct read_side *side, const struct model *model)
{
    return position_floor_get(&side->floors[index_of(side->models, model)]) > 0;
}

enum err read_position(struct read_side *side, const struct model *model, int64_t *ret_position,
                       struct error *error)
{
    AUTO(reader_turn) struct reader_turn turn = {0};
    enum err err = reader_begin(side, index_of(side->models, model), true, &turn, error);
    if (err == ERR_NOT_READY) {
        *ret_position = 0;
        return OK;
    }
    if (err)
        return err;
    *ret_position = turn.snapshot->position;
    return OK;
}
