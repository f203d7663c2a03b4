-- Prints the result of a run of wrk as one line of JSON after wrk's own output.
function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        'report {"requests":%d,"us":%d,"failed":%d,"rejected":%d,"p50_us":%d,"p99_us":%d}\n',
        summary.requests, summary.duration,
        errors.connect + errors.read + errors.write + errors.timeout, errors.status,
        latency:percentile(50), latency:percentile(99)))
end
