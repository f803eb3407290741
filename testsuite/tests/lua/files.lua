-- Reads and writes files of its own folder and prints what must be the same everywhere.
local folder = arg[1] or "."

local function path(name)
	return folder .. "/" .. name
end

local out = assert(io.open(path("written"), "w"))
for i = 1, 1000 do
	out:write(i, " ", i * i, " ", ("x"):rep(i % 50), "\n")
end
print("written", out:seek("end"))
out:close()

local sum, lines = 0, 0
for line in io.lines(path("written")) do
	local n, square = line:match("^(%d+) (%d+)")
	assert(tonumber(square) == tonumber(n) ^ 2)
	sum, lines = sum + n, lines + 1
end
print("read", lines, sum)

local input = assert(io.open(path("input"), "rb"))
local bytes = input:read("a")
input:close()
print("input", #bytes, bytes:byte(1, 4))

assert(os.rename(path("written"), path("renamed")))
print("renamed", io.open(path("written")) == nil, io.open(path("renamed")) ~= nil)
assert(os.remove(path("renamed")))
print("missing", select(2, io.open("/no/such/file")))

local pipe = io.popen("sort -r", "w")
pipe:write("a\nc\nb\n")
pipe:close()
print("exit", select(2, os.execute("exit 3")), select(3, os.execute("exit 3")))
print("env", os.getenv("NO_SUCH_VARIABLE"))
local name = os.tmpname()
print("tmpname", os.remove(name) ~= nil)
