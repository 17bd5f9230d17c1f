-- wrk -s get.lua URL -- LIST HEADERS: asks for every body of the list in turn.
-- LIST has lines `ACTION OUTPUT OFFSET LENGTH`, HEADERS lines `name: value`. Requests are made before the load begins.
local requests, at = {}, 0

function init(args)
  local headers = {}
  for line in io.lines(args[2]) do headers[#headers + 1] = line .. "\r\n" end
  local tail = " HTTP/1.1\r\n" .. table.concat(headers) .. "\r\n"
  for line in io.lines(args[1]) do
    requests[#requests + 1] = "GET /v1/actions/" .. line:sub(1, 64) .. tail
  end
end

function request()
  at = at + 1
  if at > #requests then at = 1 end
  return requests[at]
end
