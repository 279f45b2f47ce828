// The same interpreter built for the host must print the same bytes.
function show() { print(Array.prototype.slice.call(arguments).join(" ")); }
show(0.1 + 0.2, 1 / 3, 1e21, 123456789.125, -0, 5e-324, (255).toString(16), (0.5).toString(2), (1234.5678).toFixed(2), (1e-7).toPrecision(3));
show(parseInt("0x1f"), parseFloat("3.14abc"), Number("  12 "), isNaN("x"), 7 % -3, -7 % 3, 1 << 31, -1 >>> 28);
["sin", "cos", "tan", "exp", "log", "sqrt", "atan"].forEach(function (f) { show(f, Math[f](0.7).toPrecision(12)); });
show("The Quick".replace(/(\w+) (\w+)/, "$2 $1"), "a-b_c".split(/[-_]/), /(\d+)-(\d+)/.exec("tel 12-345"), "xAyBz".match(/[A-Z]/g));
var words = "the quick brown fox jumps over the lazy dog".split(" ");
words.sort();
show(words, words.map(function (w) { return w.length; }).reduce(function (a, b) { return a + b; }));
show(JSON.stringify({ a: [1, 2, { b: null }], c: "q\"\n", d: 1.5, e: true }), JSON.parse("{\"x\":[1,2,3]}").x[1]);
function Animal(name) { this.name = name; }
Animal.prototype.speak = function () { return this.name + " speaks"; };
function Dog(name) { Animal.call(this, name); }
Dog.prototype = Object.create(Animal.prototype);
show(new Dog("Rex").speak(), new Dog("x") instanceof Animal, Object.keys({ z: 1, a: 2 }));
try { null.x; } catch (e) { show(e); }
try { undefinedName(); } catch (e) { show(e); }
try { throw new RangeError("mine"); } catch (e) { show(e.name, e.message); } finally { show("finally"); }
var counter = (function () { var n = 0; return function () { return ++n; }; })();
counter(); counter();
show(counter(), [3, 1, 2].sort(), [1, 2, 3, 4].filter(function (x) { return x % 2; }), new Date(86400000).toISOString());
var sieve = [], primes = 0;
for (var i = 2; i < 20000; ++i) { if (!sieve[i]) { ++primes; for (var j = i * 2; j < 20000; j += i) sieve[j] = true; } }
show(primes);
function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
show(fib(18));
var text = "";
for (var k = 0; k < 5000; ++k) text += String.fromCharCode(97 + k % 26);
show(text.length, text.substr(2600, 26), encodeURIComponent("ä ö/?"));
