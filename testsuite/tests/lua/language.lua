-- A walk through the language: numbers, strings, tables, closures, coroutines, errors, the collector.
print(_VERSION, math.maxinteger, math.pi, 7 // 2, 7 % -3, 2 ^ 0.5, 1e308 * 10, -(0 / 0) ~= 0)
print(("%5.2f|%-8s|%08x|%q|%g"):format(3.14159, "left", 48879, "a\nb\0c", 1e100))
print(("key=value; k2=v2"):gsub("(%w+)=(%w+)", "%2=%1"))
print(utf8.char(228, 28450, 128578), utf8.len("äöü"), #"äöü")
print(string.pack("<i4d", 42, 1.5):byte(1, -1))

local function fib(n)
	return n < 2 and n or fib(n - 1) + fib(n - 2)
end
print("fib", fib(25))

local t = {}
for i = 1, 20000 do
	t[i] = (i * 7919) % 20011
end
table.sort(t)
print("sorted", t[1], t[10000], t[20000], table.concat(t, ",", 1, 5))

local generator = coroutine.wrap(function()
	for i = 1, 3 do
		coroutine.yield(i * 10)
	end
end)
print("coroutine", generator(), generator(), generator())

print("error", pcall(error, { code = 7 }) == false, select(2, pcall(error, "text", 0)))
print("stack", select(2, pcall(function() local function f() return f() + 1 end return f() end)):match("stack overflow"))
print("syntax", load("x ="))

local weak, count = setmetatable({}, { __mode = "k" }), 0
for _ = 1, 100000 do
	weak[{}] = true
end
collectgarbage()
for _ in pairs(weak) do
	count = count + 1
end
print("weak", count)

local closed = {}
do
	local guard <close> = setmetatable({}, { __close = function() closed[#closed + 1] = "closed" end })
end
print("close", closed[1])
print("metatable", setmetatable({}, { __index = function(_, key) return key .. "!" end }).name)
print("goto", (function() local i = 0 ::again:: i = i + 1 if i < 10 then goto again end return i end)())
