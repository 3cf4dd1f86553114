import { f32 } from '../../../src/numeric/index.ts';
import { logistic } from './post-transform.ts';

/**
 * The probability of each class from the scores of its pairs. A pair's score s makes i win over j with probability
 * 1 - logistic(a * s + b); the classes' own follow by the second method of Wu, Lin and Weng.
 * https://www.csie.ntu.edu.tw/~cjlin/papers/svmprob/svmprob.pdf
 */
export function pairwiseProbabilities(classes: number, probA: readonly number[], probB: readonly number[], scores: readonly number[]): number[] {
  const r = new Float32Array(classes * classes); // r[i, j]: the probability of i among i and j
  let pair = 0;
  for (let i = 0; i < classes; i++) {
    for (let j = i + 1; j < classes; j++, pair++) {
      const p = f32(1 - logistic(f32(f32(scores[pair] * probA[pair]) + probB[pair])));
      const clamped = Math.min(Math.max(p, f32(1e-7)), f32(1 - 1e-7));
      r[i * classes + j] = clamped;
      r[j * classes + i] = f32(1 - clamped);
    }
  }
  return coupled(r, classes);
}

/** p that minimizes the sum over pairs of (r[j, i] * p[i] - r[i, j] * p[j])^2, by Gauss-Seidel steps. */
function coupled(r: Float32Array, n: number): number[] {
  const q = new Float32Array(n * n);
  for (let t = 0; t < n; t++) {
    for (let j = 0; j < n; j++) {
      if (j === t) continue;
      q[t * n + t] += r[j * n + t] * r[j * n + t];
      q[t * n + j] = -r[j * n + t] * r[t * n + j];
    }
  }
  const p = new Array<number>(n).fill(f32(1 / n));
  const qp = new Array<number>(n);
  const most = f32(0.005 / n);
  for (let turn = 0; turn < Math.max(100, n); turn++) {
    let pqp = 0;
    for (let t = 0; t < n; t++) {
      qp[t] = 0;
      for (let j = 0; j < n; j++) qp[t] = f32(qp[t] + f32(q[t * n + j] * p[j]));
      pqp = f32(pqp + f32(p[t] * qp[t]));
    }
    if (qp.every((v) => Math.abs(v - pqp) < most)) break;
    for (let t = 0; t < n; t++) {
      const diff = f32(f32(pqp - qp[t]) / q[t * n + t]);
      const scale = f32(1 + diff);
      p[t] = f32(p[t] + diff);
      pqp = f32(f32(f32(pqp + f32(diff * f32(f32(diff * q[t * n + t]) + f32(2 * qp[t])))) / scale) / scale);
      for (let j = 0; j < n; j++) {
        qp[j] = f32(f32(qp[j] + f32(diff * q[t * n + j])) / scale);
        p[j] = f32(p[j] / scale);
      }
    }
  }
  return p;
}
