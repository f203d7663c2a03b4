/* The domain of the engine's tests: its decisions match its schemas, and its saga lends, takes back
 * and compensates. The scenarios also make the checks that they make for any domain
 * (given_when_then.h, saga_scenario.h). */
#include "tests/domain/lending.h"
#include "tests/support/saga_scenario.h"

#define HEAD "'memberId':'M-1','branch':'CPH','openedAt':'2026-11-23T10:00:00.000000Z'"
#define BOOK "{'line':1,'bookId':'B-1','copies':2}"
#define REQUESTED                                                                                  \
    {                                                                                              \
        "loan.requested.v1", "{" HEAD ",'books':[" BOOK "],'total':2}"                             \
    }

static void a_loan_is_opened_and_requested_at_once(void **state)
{
    (void)state;
    scenarios_of(lending.aggregates[0], "L-1");
    given_nothing();
    when("open", "{'memberId':'M-1','branch':'CPH','openedAt':'2026-11-23T11:00:00+01:00',"
                 "'books':[{'bookId':'B-1','copies':2}],'request':true}");
    then({"loan.opened.v1", "{" HEAD "}"}, {"loan.book.added.v1", BOOK}, REQUESTED);
    when("add-book", "{'bookId':'B-2','copies':1}");
    then_refused("already requested");
    when("approve", "{}");
    then({"loan.approved.v1", "{}"});
    when("approve", "{}");
    then_nothing();
    when("lend", "{}");
    then({"loan.lent.v1", "{}"});
    when("cancel", "{'reason':'too late'}");
    then_refused("already lent");
}

static void a_shelf_holds_no_more_copies_than_it_has(void **state)
{
    (void)state;
    scenarios_of(lending.aggregates[1], "B-1");
    given({"shelf.stocked.v1", "{'copies':3}"});
    when("hold", "{'loanId':'L-1','copies':2}");
    then({"shelf.held.v1", "{'loanId':'L-1','copies':2}"});
    when("hold", "{'loanId':'L-2','copies':2}");
    then_refused("1 free copies, not 2");
    when("release", "{'loanId':'L-1'}");
    then({"shelf.released.v1", "{'loanId':'L-1','copies':2}"});
    when("release", "{'loanId':'L-1'}");
    then_nothing();
}

static void begin_loan(void)
{
    begun_with(lending.sagas[0], "L-1", "{" HEAD ",'books':[" BOOK "],'total':2}",
               "{'approval-timeout':60}");
    wants("shelf/B-1", "hold", "{'loanId':'L-1','copies':2}");
}

static void an_approved_loan_is_lent_and_taken_back(void **state)
{
    (void)state;
    begin_loan();
    accepted();
    rests_for("await-approval", 60000);
    happened("loan/L-1", "loan.approved.v1", "{}");
    wants("loan/L-1", "lend", "{}");
    accepted();
    rests("await-return");
    happened("loan/L-1", "loan.returned.v1", "{}");
    wants("shelf/B-1", "release", "{'loanId':'L-1'}");
    accepted();
    rests("done");
}

static void an_approval_that_arrives_at_the_end_of_the_wait_counts(void **state)
{
    (void)state;
    begin_loan();
    accepted();
    timed_out();
    asks("loan/L-1");
    answered("{'status':'approved'}");
    wants("loan/L-1", "lend", "{}");
}

static void a_damaged_return_waits_for_an_operator(void **state)
{
    (void)state;
    begin_loan();
    accepted();
    happened("loan/L-1", "loan.returned.v1", "{'condition':'damaged'}");
    wants("shelf/B-1", "release", "{'loanId':'L-1'}");
    accepted();
    blocked("repair by hand");
    resumed();
    rests("done");
}

static void a_loan_that_fails_is_undone(void **state)
{
    (void)state;
    begin_loan();
    refused("0 free copies, not 2");
    wants("loan/L-1", "cancel", "{'reason':'book B-1: 0 free copies, not 2'}");
    accepted();
    rests("undone");
    begin_loan();
    accepted();
    timed_out();
    asks("loan/L-1");
    answered("{'status':'requested'}");
    wants("shelf/B-1", "release", "{'loanId':'L-1'}");
    accepted();
    wants("loan/L-1", "cancel", "{'reason':'no approval within 60 s'}");
    accepted();
    rests("undone");
}

static int end(void **state)
{
    (void)state;
    saga_scenarios_end();
    return 0;
}

int main(void)
{
    scenarios_check_by(&lending.schemas);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loan_is_opened_and_requested_at_once),
        cmocka_unit_test(a_shelf_holds_no_more_copies_than_it_has),
        cmocka_unit_test(an_approved_loan_is_lent_and_taken_back),
        cmocka_unit_test(an_approval_that_arrives_at_the_end_of_the_wait_counts),
        cmocka_unit_test(a_damaged_return_waits_for_an_operator),
        cmocka_unit_test(a_loan_that_fails_is_undone),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
