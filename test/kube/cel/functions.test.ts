import { Budget, RuleSet } from '../../../runtime/kube/cel';
import type { StructuralSchema } from '../../../runtime/kube/schema';

const anything: StructuralSchema = { type: 'object', properties: { text: { type: 'string' } } };

/** Whether a rule over `{text: …}` holds. */
function holds(rule: string, text = ''): boolean {
  const { rules, problems } = new RuleSet({ ...anything, 'x-kubernetes-validations': [{ rule }] }, false);
  if (problems[0]) throw new Error(problems[0].text);
  return rules[0]?.holds({ text }, undefined, new Budget()) ?? false;
}

test.each([
  // Lists
  '[1, 2, 3].isSorted() && ![2, 1].isSorted()',
  '[1, 3, 2].max() == 3 && [1.5, 0.5].min() == 0.5',
  '[1, 2].sum() == 3',
  '["a", "b", "a"].indexOf("a") == 0 && ["a", "b", "a"].lastIndexOf("a") == 2',
  'sets.contains([1, 2, 3], [3, 1]) && sets.equivalent([1, 2], [2, 1, 1]) && !sets.intersects([1], [2])',
  // Texts
  '"hello".matches("^h.*o$") && !"hello".matches("^x")',
  'matches("abc", "b")',
  '"abc 123".find("[0-9]+") == "123"',
  '"1 2 3".findAll("[0-9]") == ["1", "2", "3"] && "1 2 3".findAll("[0-9]", 1) == ["1"]',
  '"a-b".replace("-", "+") == "a+b" && "aaa".replace("a", "b", 2) == "bba"',
  '"abc".charAt(1) == "b" && "Abc".lowerAscii() == "abc"',
  '"a,b".split(",").size() == 2 && ["a", "b"].join("-") == "a-b"',
  // URLs
  'isURL("https://example.com:80/a?b=c") && !isURL("example")',
  'url("https://user@example.com:8080/p%20q?x=1&x=2").getHost() == "example.com:8080"',
  'url("https://[::1]:80/").getHostname() == "::1" && url("https://a/").getPort() == ""',
  'url("https://a/b%20c").getEscapedPath() == "/b%20c" && url("/b").getHost() == ""',
  'url("https://a/?k=1&k=2").getQuery()["k"] == ["1", "2"]',
  // Quantities
  'isQuantity("1.5Gi") && !isQuantity("1.5Qi")',
  'quantity("1Gi").isGreaterThan(quantity("1G")) && quantity("1").compareTo(quantity("1000m")) == 0',
  'quantity("50k").add(quantity("20k")) == quantity("70k") && quantity("50k").sub(20000) == quantity("30k")',
  'quantity("50k").asInteger() == 50000 && quantity("500m").asApproximateFloat() == 0.5',
  'quantity("-1").sign() == -1 && !quantity("100m").isInteger()',
  // Addresses
  'isIP("::1") && !isIP("127.0.0.256") && !isIP("::ffff:1.2.3.4")',
  'ip("127.0.0.1").family() == 4 && ip("127.0.0.1").isLoopback() && ip("8.8.8.8").isGlobalUnicast()',
  'ip.isCanonical("2001:db8::1") && !ip.isCanonical("2001:DB8::1")',
  'string(ip("2001:db8:0::1")) == "2001:db8::1" && ip("0.0.0.0").isUnspecified()',
  'cidr("192.168.0.0/24").containsIP("192.168.0.7") && !cidr("192.168.0.0/24").containsIP(ip("10.0.0.1"))',
  'cidr("10.0.0.0/8").containsCIDR("10.1.0.0/16") && cidr("10.1.2.3/8").masked() == cidr("10.0.0.0/8")',
  'cidr("::/0").prefixLength() == 0 && isCIDR("10.0.0.0/8") && !isCIDR("10.0.0.0/33")',
  // Formats
  '!format.dns1123Label().validate("my-name").hasValue()',
  'format.dns1123Label().validate("My_Name").value().size() == 1',
  'format.named("uuid").hasValue() && !format.named("nothing").hasValue()',
  // Optionals and macros
  'optional.of(1).orValue(2) == 1 && {"a": 1}[?"b"].orValue(3) == 3',
  '[1, 2].all(x, x > 0) && [1, 2].exists(x, x == 2) && [1, 1].exists_one(x, x == 1) == false',
  '[1, 2, 3].filter(x, x > 1).map(x, x * 2) == [4, 6]',
  'cel.bind(x, 2, x * x == 4)',
  'duration("1h").getMinutes() == 60 && timestamp("2026-01-01T00:00:00Z") < timestamp("2026-01-02T00:00:00Z")',
])('%s', (rule) => {
  expect(holds(rule)).toBe(true);
});

test.each([
  ['self.nothing', "undefined field 'nothing'"],
  ['self.text', 'must evaluate to a bool'],
  ['self.text == 1', 'no such overload: string == int'],
  ['self.text.unheardOf() == 1', 'unheardOf'],
  ['self.text.', ''],
  ['b"x".hex() == "78"', "undeclared reference to 'hex'"],
  ['other == 1', 'Unknown variable: other'],
])('%s is refused when it is compiled', (rule, why) => {
  expect(() => holds(rule)).toThrow(why);
});

test('what a rule cannot answer is an error when it runs', () => {
  expect(() => holds('quantity(self.text).isInteger()', 'much')).toThrow('quantity is not valid: "much"');
  expect(() => holds('[1][int(self.text)] == 1', '7')).toThrow();
});

test('no text can fill the memory', () => {
  const text = 'a'.repeat(100_000);
  expect(() => holds('self.text.replace("a", self.text) == ""', text)).toThrow('longer than 10000000 characters');
  expect(() => holds('self.text.split("").join(self.text) == ""', text)).toThrow('longer than 10000000 characters');
});

test('a pattern cannot stall the server, nor a rule run for long', () => {
  expect(holds('!self.text.matches("^(a+)+$")', `${'a'.repeat(50_000)}!`)).toBe(true);
  const text = 'x'.repeat(3000);
  const squares = 'self.text.split("").all(a, self.text.split("").all(b, a == b))';
  expect(() => holds(squares, text)).toThrow('actual cost limit exceeded');
});
