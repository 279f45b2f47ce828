-- What a script does: tables, strings, closures, methods and numbers.
local function words(count)
  local seed, found = 42, {}
  for i = 1, count do
    seed = (seed * 16807) % 2147483647
    found[i] = string.format("%x", seed % 5000)
  end
  return found
end

local counts, lines = {}, {}
for _, word in ipairs(words(40000)) do counts[word] = (counts[word] or 0) + 1 end
for word, count in pairs(counts) do lines[#lines + 1] = word .. ":" .. count end
table.sort(lines)
local text = table.concat(lines, " ")
local digits = 0
for number in text:gmatch("%d+") do digits = digits + #number end
print(#lines, digits, #text:gsub("%a", "%0%0"))

local Account = {}
Account.__index = Account
function Account.new(name) return setmetatable({ name = name, sum = 0 }, Account) end
function Account:add(value) self.sum = (self.sum + value) % 1000003 end
local accounts = {}
for i = 1, 50 do accounts[i] = Account.new("a" .. i) end
for i = 1, 200000 do accounts[i % 50 + 1]:add(i) end
local total = 0
for _, account in ipairs(accounts) do total = total + account.sum end
print(total)

local function queens(n, row, columns, rising, falling)
  if row > n then return 1 end
  local found = 0
  for c = 1, n do
    if not columns[c] and not rising[row + c] and not falling[row - c + n] then
      columns[c], rising[row + c], falling[row - c + n] = true, true, true
      found = found + queens(n, row + 1, columns, rising, falling)
      columns[c], rising[row + c], falling[row - c + n] = nil, nil, nil
    end
  end
  return found
end
print(queens(8, 1, {}, {}, {}))

local x, sum = 0.5, 0
for i = 1, 400000 do
  x = 3.9 * x * (1 - x)
  sum = sum + (x > 0.5 and i or -i)
end
print(sum)
