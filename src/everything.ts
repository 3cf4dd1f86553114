/** Has every contract and pass registered, for tools and tests that work on graphs without a session. Sessions load what their models need. */
import { CONTRACTS } from './ops/families.ts';
import { registerAll } from './ops/index.ts';
import { registerOthers } from './passes/levels.ts';
import { OTHERS } from './passes/others.ts';

registerAll(CONTRACTS);
registerOthers(OTHERS);
