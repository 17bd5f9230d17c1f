-- wrk -s put.lua URL -- LIST HEADERS FILE SIZE: puts every body of the list once. Bodies are read when they are sent.
local ffi = require("ffi")
ffi.cdef("int open(const char *path, int flags); long pread(int fd, void *to, size_t length, long offset);")

local lines, fd, head, buffer

function init(args)
  lines = io.lines(args[1])
  local headers = {}
  for line in io.lines(args[2]) do headers[#headers + 1] = line .. "\r\n" end
  head = " HTTP/1.1\r\n" .. table.concat(headers) .. "ballast-size: " .. args[4] .. "\r\n"
  fd = ffi.C.open(args[3], 0)
  buffer = ffi.new("char[?]", 1048576)
end

-- When the list is at its end an unknown path is asked for: its status 404 makes the run fail.
function request()
  local line = lines and lines()
  if line == nil then
    lines = nil
    return "GET /the-list-is-too-short" .. head .. "\r\n"
  end
  local action, output, offset, length = line:match("^(%x+) (%x+) (%d+) (%d+)$")
  ffi.C.pread(fd, buffer, tonumber(length), tonumber(offset))
  return table.concat({
    "PUT /v1/actions/", action, head, "ballast-output: ", output, "\r\ncontent-length: ", length, "\r\n\r\n",
    ffi.string(buffer, tonumber(length)),
  })
end
