-- wrk: `order create` with one and two items alternately; each request creates an order.
--
--   wrk -s order_create.lua URL -- PREFIX     ids are PREFIX-<thread>-<n>
--
-- All texts have a fixed width, so that every run stores the same number of bytes per order.

local thread_count = 0

function setup(thread)
    thread:set("thread_number", thread_count)
    thread_count = thread_count + 1
end

function init(arguments)
    prefix = arguments[1]
    number = 0
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
end

local function item(n)
    return string.format('{"productId":"SKU-%04d","quantity":%d,"unitPrice":%d}',
                         n % 1000, 1 + n % 9, 1000 + n % 9000)
end

function request()
    number = number + 1
    local items = item(number)
    if number % 2 == 0 then items = items .. "," .. item(number + 7) end
    local path = string.format("/commands/order/%s-%d-%08d/create", prefix, thread_number, number)
    local body = string.format('{"customerId":"CUST-%06d","currency":"EUR","items":[%s]}',
                               number % 10000, items)
    return wrk.format(nil, path, nil, body)
end
