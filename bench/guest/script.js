// What a script does: objects, arrays, strings, closures, regular expressions and numbers.
function random(seed) {
  return function () { seed = (seed * 16807) % 2147483647; return seed; };
}
var next = random(7), counts = {}, i, keys = [];
for (i = 0; i < 10000; ++i) {
  var word = "w" + next() % 700;
  counts[word] = (counts[word] || 0) + 1;
}
for (var key in counts) keys.push(key + "=" + counts[key]);
keys.sort();
print(keys.length, keys.join(";").replace(/w(\d)(\d*)/g, "$2$1").length);

function Point(x, y) { this.x = x; this.y = y; }
Point.prototype.turn = function () { var t = this.x; this.x = -this.y; this.y = t + 1; return this; };
var p = new Point(1, 2);
for (i = 0; i < 12000; ++i) p.turn();
print(p.x, p.y);

var sieve = [], primes = 0;
for (i = 2; i < 12000; ++i) {
  if (sieve[i]) continue;
  ++primes;
  for (var j = i * 2; j < 12000; j += i) sieve[j] = true;
}
print(primes);

function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
print(fib(18));
print([5, 3, 9, 1].map(function (v) { return v * v; }).filter(function (v) { return v > 5; }).join());
// The interpreter says 1 of each script that comes by standard input.
quit(0);
