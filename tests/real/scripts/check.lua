-- Prints much about many parts of Lua. The same interpreter built for the host must print the same bytes.
local function section(name) print("== " .. name) end

section "numbers"
for _, x in ipairs { 0.1, 1 / 3, 1e300, -2.5, 1e-300, 123456789012345678, math.pi } do
  print(x, string.format("%.17g %a %10.3f %e %g", x, x, x % 1e6, x, x))
end
print(7 // 2, -7 // 2, 7 % -3, -7.5 % 2, 1 << 62, ~0, 5 // 0.0, -5 % math.huge, 0 / 0 ~= 0 / 0)
print(math.maxinteger, math.mininteger, math.maxinteger + 1 == math.mininteger, math.type(1), math.type(1.0), 2 ^ 53)
for _, f in ipairs { "sin", "cos", "tan", "exp", "sqrt", "log", "atan", "asin" } do print(f, string.format("%.12g", math[f](0.7))) end
print(tonumber("0x1p4"), tonumber("  12  "), tonumber("1e"), tonumber("zz", 36), 10 // 3 | 8, "10" + 5, 3 | 0)
math.randomseed(42)
local sum = 0
for _ = 1, 1000 do sum = sum + math.random(1, 100) end
print(sum, math.random(0) ~= math.random(0))

section "strings"
print(("%q"):format("a\n\0b\"\\"), ("x"):rep(5, ","), ("hello"):byte(1, -1))
for k, v in ("a=1, b=22, c=333"):gmatch("(%w+)=(%w+)") do io.write(k, ":", v, " ") end
print(("the cat sat"):gsub("%a+", function(w) return w:upper():reverse() end))
print(("abc"):find("b", 1, true), ("x^2"):find("^", 1, true), ("[[x]]"):match("%[(%b[])%]"), ("THE (quick) fox"):find("%((%a+)%)"))
print(string.pack("<i4>I2z", -2, 515, "hi"):byte(1, -1))
print(string.unpack("<d", string.pack("<d", 1.5)), utf8.char(228, 8364, 128512), utf8.len("äö"), #"äö")

section "tables"
local t = {}
for i = 1, 2000 do t[i] = (i * 7919) % 2003 end
table.sort(t)
print(t[1], t[1000], t[2000], #t, table.concat(t, ",", 1, 10))
table.sort(t, function(a, b) return a > b end)
print(t[1], select("#", table.unpack(t, 1, 200)), table.concat(table.move(t, 1, 5, 3), " ", 1, 8))

section "closures, coroutines, goto, integer division"
local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i * i) end end) end
for v in gen(5) do io.write(v, " ") end
print(coroutine.isyieldable(), select(2, coroutine.resume(coroutine.create(function() error("inside") end))))
do local i = 1 ::top:: if i < 5 then i = i + 1 goto top end print(i) end
local closed = {}
do
  local a <close> = setmetatable({}, { __close = function() closed[#closed + 1] = "a" end })
  local b <close> = setmetatable({}, { __close = function() closed[#closed + 1] = "b" end })
end
print(table.concat(closed))

section "metatables"
local V = {}
V.__index, V.__add, V.__eq, V.__lt, V.__call, V.__tostring, V.__len, V.__concat = V,
  function(a, b) return setmetatable({ a[1] + b[1] }, V) end, function(a, b) return a[1] == b[1] end, function(a, b) return a[1] < b[1] end,
  function(self, x) return self[1] * x end, function(self) return "V(" .. self[1] .. ")" end, function() return 99 end, function(a, b) return tostring(a) .. "|" .. tostring(b) end
local a, b = setmetatable({ 3 }, V), setmetatable({ 4 }, V)
print(tostring(a + b), a == b, a < b, a(10), #a, a .. b, a .. "s")

section "errors"
print(pcall(error, { code = 1 }) == false, pcall(error, "msg", 0), select(2, pcall(function() local x; x.y = 1 end)))
print(select(2, pcall(function() return 1 < "2" end)), select(2, pcall(string.rep, "x", -1)), select(2, pcall(string.rep, "x", 1 << 60)))
print(select(2, load("x = = 1", "chunk")), select(2, pcall(string.format, "%d", 1.5)))
local function deep(n) return n == 0 and 0 or 1 + deep(n - 1) end
local function nest() return (("x"):gsub("x", nest)) end
print(deep(10000), select(2, pcall(nest)):match("C stack overflow"))
print(xpcall(function() error("boom") end, function(m) return "handled " .. m end))

section "garbage"
local weak = setmetatable({}, { __mode = "k" })
for i = 1, 10000 do weak[{}] = i end
collectgarbage()
print(next(weak), collectgarbage("count") < 4096)
local big = {}
for i = 1, 200000 do big[i] = { i } end
print(#big, big[123456][1])
big = nil
collectgarbage("generational")
for i = 1, 100000 do local _ = { i, tostring(i) } end
collectgarbage("incremental")

section "work"
local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end
print(fib(22))
local function queens(n)
  local count, col, d1, d2 = 0, {}, {}, {}
  local function place(r)
    if r > n then count = count + 1 return end
    for c = 1, n do
      if not (col[c] or d1[r + c] or d2[r - c + n]) then
        col[c], d1[r + c], d2[r - c + n] = true, true, true
        place(r + 1)
        col[c], d1[r + c], d2[r - c + n] = nil, nil, nil
      end
    end
  end
  place(1)
  return count
end
print(queens(7))
print(os.time { year = 2026, month = 11, day = 20, hour = 12 }, os.date("!%Y-%m-%d %H:%M:%S", 86400 * 365), type(os.clock()), os.getenv("HOME_THAT_IS_NOT"))
