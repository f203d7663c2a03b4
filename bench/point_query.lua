-- wrk: one row of order_summary by its key, or the file of the same path; random keys.
--
--   wrk -s point_query.lua URL -- ORDERS      of ORD-00000001 to ORD-<ORDERS>

local thread_count = 0

function setup(thread)
    thread:set("seed", thread_count)
    thread_count = thread_count + 1
end

function init(arguments)
    requests = {}
    count = tonumber(arguments[1])
    math.randomseed(seed + 1)
    for n = 1, count do
        requests[n] = wrk.format("GET", string.format("/read/order_summary/ORD-%08d", n))
    end
end

function request()
    return requests[math.random(count)]
end
