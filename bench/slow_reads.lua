-- wrk: slow reads, alternately a list sorted without an index and an export of all rows.

local turn = 0

function request()
    turn = turn + 1
    if turn % 2 == 0 then
        return wrk.format("GET", "/read/order_summary", {["Accept"] = "text/csv"})
    end
    return wrk.format("GET", "/read/order_summary?total[gt]=0&sort=-total,status&limit=1000")
end
