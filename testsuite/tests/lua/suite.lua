-- Runs files of the official test suite, each on its own, and prints one line for each.
-- Their own output differs between runs (times, addresses), so only the verdict counts.
-- The files change globals: keep what is needed here.
local arg, print, loadfile, xpcall, tostring = arg, print, loadfile, xpcall, tostring
local output, stdout, exit = io.output, io.stdout, os.exit
package.path = "?;./?.lua;" .. package.path
os.exit = error
-- A static C library takes any locale for a category that the program does not use.
local setlocale = os.setlocale
os.setlocale = function(name, ...)
	if name and name ~= "" and name ~= "C" and name ~= "POSIX" then
		return nil
	end
	return setlocale(name, ...)
end
for i = 1, #arg do
	_G.print, T = function() end, nil
	output("/dev/null")
	local chunk, message = loadfile(arg[i])
	local ok = false
	if chunk then
		ok, message = xpcall(chunk, function(text) return tostring(text) end)
	end
	output(stdout)
	print(arg[i], ok and "passes" or "fails: " .. tostring(message))
end
exit(0)
