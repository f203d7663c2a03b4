-- wrk: commands, each kind as many as the connections can send.
--
--   wrk -s commands.lua URL -- KIND SEED [NUMBER]
--
--   create          `order create` with one and two items alternately, of a new order with a random id
--   keyed           the same with an Idempotency-Key
--   batch NUMBER    the same in `POST /commands`, NUMBER at once
--   receive NUMBER  `inventory receive` of NUMBER products; product n gets 1/n of what the first gets
--   note NUMBER     an external event with NUMBER bytes of data, in a new stream
--
-- Texts have a fixed width, so that every run stores the same number of bytes per command. The same SEED
-- gives the same ids.

local thread_count = 0

function setup(thread)
    thread:set("thread_number", thread_count)
    thread_count = thread_count + 1
end

local function random_id()
    return string.format("ORD-%08x%08x", math.random(0, 4294967295), math.random(0, 4294967295))
end

local function item(n)
    return string.format('{"productId":"SKU-%04d","quantity":%d,"unitPrice":%d}',
                         n % 1000, 1 + n % 9, 1000 + n % 9000)
end

local function order()
    number = number + 1
    local items = item(number)
    if number % 2 == 0 then items = items .. "," .. item(number + 7) end
    return string.format('{"customerId":"CUST-%06d","currency":"EUR","items":[%s]}',
                         number % 10000, items)
end

-- The sums of 1/n, in which a random number finds a product.
local function sums_of(products)
    local sums, sum = {}, 0
    for n = 1, products do
        sum = sum + 1 / n
        sums[n] = sum
    end
    return sums
end

local function product(sums)
    local wanted, low, high = math.random() * sums[#sums], 1, #sums
    while low < high do
        local middle = math.floor((low + high) / 2)
        if sums[middle] < wanted then low = middle + 1 else high = middle end
    end
    return low
end

local kinds = {}

function kinds.create()
    return wrk.format("POST", "/commands/order/" .. random_id() .. "/create", nil, order())
end

function kinds.keyed()
    local id = random_id()
    wrk.headers["Idempotency-Key"] = id
    return wrk.format("POST", "/commands/order/" .. id .. "/create", nil, order())
end

function kinds.batch()
    local commands = {}
    for n = 1, size do
        commands[n] = string.format('{"category":"order","id":"%s","command":"create","data":%s}',
                                    random_id(), order())
    end
    return wrk.format("POST", "/commands", nil,
                      '{"commands":[' .. table.concat(commands, ",") .. ']}')
end

function kinds.receive()
    local path = string.format("/commands/inventory/SKU-%05d/receive", product(sums))
    return wrk.format("POST", path, nil, '{"quantity":1}')
end

function kinds.note()
    local id = random_id()
    wrk.headers["ce-specversion"], wrk.headers["ce-type"] = "1.0", "bench.noted.v1"
    wrk.headers["ce-source"], wrk.headers["ce-id"] = "/bench", id
    return wrk.format("POST", "/streams/note/" .. id, nil, note)
end

function init(arguments)
    kind = kinds[arguments[1]]
    size = tonumber(arguments[3] or 1)
    number = 0
    sums = sums_of(size)
    note = '{"text":"' .. string.rep("x", size - 11) .. '"}'
    math.randomseed(arguments[2] * 64 + thread_number)
    wrk.headers["Content-Type"] = "application/json"
end

function request()
    return kind()
end
