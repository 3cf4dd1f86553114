import { whereDummyDQ } from '../../src/passes/extended/where-dummy-dq.ts';
import { input, type Values } from '../../conformance/proofs/expression.ts';
import { describePass } from './harness.ts';
import { f32, i8, u8, type Random } from '../../conformance/proofs/random.ts';

const before = 'y = QuantizeLinear(Where(c, DequantizeLinear(x, s, z), v), t, z)';
const after = 'y = QuantizeLinear(Where(c, DequantizeLinear(x, s, z), DequantizeLinear(#, #, #)), t, z)';
const bytes = (v: number): Values => ({ c: input('bool', 4, 1), x: input('uint8', 4, 40), s: f32(0.1), t: f32(0.3), z: u8(100), v: f32(v) });
const signed = (v: number): Values => ({ ...bytes(v), x: input('int8', 4, 40), z: i8(-5) });
const shared = (r: Random): Values => ({ ...bytes(1), v: r.tensor('float32', 40) });

describePass(whereDummyDQ, {
  rewrites: [
    { before, values: bytes(3.7), after },
    { before, values: bytes(-7.3), after },
    { before, values: bytes(0), after },
    { before, values: signed(-1e30), after },
    { before: before.replace('DequantizeLinear(x, s, z), v', 'v, DequantizeLinear(x, s, z)'), values: signed(2), after: after.replace('DequantizeLinear(x, s, z), DequantizeLinear(#, #, #)', 'DequantizeLinear(#, #, #), DequantizeLinear(x, s, z)') },
  ],
  refusals: [
    { before, values: shared, reason: 'the constant is not one float32 number' },
    { before, values: { ...bytes(1), x: input('uint16', 4, 40), z: input('uint16') }, reason: 'the other value is not 8-bit' },
    { before: before.replace('t, z)', 't, zt)'), values: { ...bytes(1), zt: i8(3) }, reason: 'input and output are of different types' },
    { before, values: bytes(-Infinity), reason: 'the constant is not zero or a normal number' },
    { before, values: bytes(-0), reason: 'the constant is not zero or a normal number' },
    { before, values: { ...bytes(1), v: input('float32') } },
  ],
});
