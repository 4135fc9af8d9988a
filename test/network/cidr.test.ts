import fc from 'fast-check';
import { contains, formatCidr, formatIp, parseCidr, parseIp, sizeOf } from '../../runtime/network/cidr';

test.each(['', '10.0.0', '10.0.0.256', '01.2.3.4', '1.2.3.4.5', ' 1.2.3.4', '::1', '1.2.3.-4'])(
  '%j is no IPv4 address',
  (text) => expect(parseIp(text)).toBeUndefined(),
);

test.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/08', '10.0.0.0/8/8', 'a/8'])('%j is no block', (text) =>
  expect(parseCidr(text)).toBeUndefined(),
);

test('every number is an address and back', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 0xffffffff }), (ip) => parseIp(formatIp(ip)) === ip));
});

test('a block holds exactly the addresses from its base on', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 1, max: 32 }), (ip, prefix) => {
      const cidr = parseCidr(`${formatIp(ip)}/${prefix}`);
      if (!cidr) return false;
      const last = cidr.base + sizeOf(cidr) - 1;
      return (
        contains(cidr, ip) &&
        contains(cidr, cidr.base) &&
        contains(cidr, last) &&
        (cidr.base === 0 || !contains(cidr, cidr.base - 1)) &&
        (last === 0xffffffff || !contains(cidr, last + 1)) &&
        formatCidr(parseCidr(formatCidr(cidr)) ?? cidr) === formatCidr(cidr)
      );
    }),
  );
});
