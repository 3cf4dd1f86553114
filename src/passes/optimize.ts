/** The driver: runs passes level by level, in rounds, until nothing changes, and keeps a trail of what each did. */
import type { Graph, Node } from '../graph/index.ts';
import { GraphEditor, labelOf, reinfer } from './apply.ts';
import { LEVELS, passesOf } from './levels.ts';
import type { Contract, Evaluate, FoldLimits, Level, Pass, PassContext, Patch, PatternPass, Refusal } from './pass.ts';
import { couldMatch, Match, type OpPattern } from './pattern.ts';
import { disabledPasses, isSet, type Settings } from './settings.ts';
import { summarize, type GraphSummary } from './snapshot.ts';

export interface OptimizeOptions {
  readonly level: 'disabled' | Level;
  /** Passes not to run. onnxruntime's spelling (`ConvBNFusion`) names the same pass as ours (`conv-bn-fusion`). */
  readonly disable?: readonly string[] | undefined;
  /** Applies only the first n patches: to bisect. */
  readonly stopAfter?: number | undefined;
  /** `false` runs only passes whose contract is `exact`. Default true. */
  readonly allowInexact?: boolean | undefined;
  /** `true` when a provider runs the node, else why not: what passes make is kept only where it can run. */
  readonly supports?: ((node: Node) => true | string) | undefined;
  /** Computes a node from constants, for folding; without it nothing is folded. */
  readonly evaluate?: Evaluate | undefined;
  readonly foldLimits?: Partial<FoldLimits> | undefined;
  readonly settings?: Settings | undefined;
  /** Sizes for dimensions of the inputs that the model only names. */
  readonly freeDimensions?: Readonly<Record<string, number>> | undefined;
  /** True when the provider that runs the node would rather have its image with the channels last. */
  readonly prefersChannelsLast?: ((node: Node) => boolean) | undefined;
  /** Passes of the caller, run after ours in their level. */
  readonly passes?: readonly Pass[] | undefined;
  /** Runs these passes in place of ours. */
  readonly only?: readonly Pass[] | undefined;
  readonly onPatch?: OnPatch | undefined;
}

/** Told of each patch; `snapshot` gives the graph as it stands after it, and costs nothing unless called. */
export type OnPatch = (entry: TrailEntry, snapshot: () => GraphSummary) => void;

export interface TrailEntry {
  readonly pass: string;
  readonly level: Level;
  readonly contract: Contract;
  /** Path of the graph changed. */
  readonly graph: string;
  readonly round: number;
  readonly outcome: 'applied' | 'refused';
  /** Why it was refused. */
  readonly reason?: string;
  /** Number of the patch, from 1: `stopAfter` counts the same way. */
  readonly patch?: number;
  /** Names of the nodes matched, and of those in their place. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export interface Trail {
  readonly entries: readonly TrailEntry[];
}

const MAX_ROUNDS = 10;
const FOLD_LIMITS: FoldLimits = { nodeBytes: 16 * 2 ** 20, totalBytes: 256 * 2 ** 20 };

/**
 * Optimizes a graph and its subgraphs in place. Types and shapes must have been inferred. Edge names keep their meaning: a
 * name still in the graph, or in its aliases, holds what the original model computed under it.
 */
export function optimize(graph: Graph, options: OptimizeOptions): Trail {
  return new Optimizer(graph, options).run();
}

class Optimizer {
  private readonly options: OptimizeOptions;
  private readonly root: Graph;
  private readonly names = new Set<string>();
  private readonly editors = new Map<Graph, GraphEditor>();
  private readonly entries: TrailEntry[] = [];
  private readonly refusals = new Set<string>();
  private readonly foldLimits: FoldLimits;
  private readonly foldBudget: { bytes: number };
  private patches = 0;

  constructor(graph: Graph, options: OptimizeOptions) {
    this.root = graph;
    this.options = options;
    this.foldLimits = { ...FOLD_LIMITS, ...options.foldLimits };
    this.foldBudget = { bytes: this.foldLimits.totalBytes };
    for (const g of graph.walk()) for (const name of g.edges.keys()) this.names.add(name);
  }

  run(): Trail {
    const until = this.options.level === 'disabled' ? -1 : LEVELS.indexOf(this.options.level);
    for (const level of LEVELS.slice(0, until + 1)) this.runLevel(this.enabled(level));
    return { entries: this.entries };
  }

  private enabled(level: Level): readonly Pass[] {
    const { only, passes, settings = new Map<string, string>() } = this.options;
    const disabled = new Set([...(this.options.disable ?? []), ...disabledPasses(settings)].map(bareName));
    const asked = ({ when, unless }: Pass): boolean => (when === undefined || isSet(settings, when)) && unless?.some((setting) => isSet(settings, setting)) !== true;
    return (only?.filter((p) => p.level === level) ?? passesOf(level, passes)).filter(
      (p) => !disabled.has(bareName(p.name)) && asked(p) && (this.options.allowInexact !== false || p.contract.kind === 'exact'),
    );
  }

  private runLevel(passes: readonly Pass[]): void {
    for (let round = 1; round <= MAX_ROUNDS && !this.stopped; round++) {
      const before = this.patches;
      for (const graph of this.root.walk()) this.runRound(graph, passes, round);
      if (this.patches === before) return;
      for (const graph of this.root.walk()) reinfer(graph);
    }
  }

  private get stopped(): boolean {
    return this.options.stopAfter !== undefined && this.patches >= this.options.stopAfter;
  }

  private runRound(graph: Graph, passes: readonly Pass[], round: number): void {
    const editor = this.editorOf(graph);
    const context: PassContext = {
      graph,
      settings: this.options.settings ?? new Map(),
      evaluate: this.options.evaluate ?? (() => undefined),
      foldLimits: this.foldLimits,
      foldBudget: this.foldBudget,
      allowInexact: this.options.allowInexact ?? true,
      freeDimensions: this.options.freeDimensions ?? {},
      prefersChannelsLast: this.options.prefersChannelsLast ?? (() => false),
    };
    for (const pass of passes) {
      if (this.stopped) break;
      if ('pattern' in pass) this.runPattern(pass, editor, context, round);
      else {
        editor.flush();
        for (const result of pass.sweep(graph, context)) {
          this.settle(pass, editor, result, undefined, result.kind === 'patch' ? (result.from ?? []) : [], round);
          if (this.stopped) break;
        }
      }
    }
    editor.flush();
  }

  private editorOf(graph: Graph): GraphEditor {
    let editor = this.editors.get(graph);
    if (editor === undefined) this.editors.set(graph, (editor = new GraphEditor(graph, this.names, this.options.supports ?? (() => true))));
    return editor;
  }

  private runPattern(pass: PatternPass, editor: GraphEditor, context: PassContext, round: number): void {
    const patterns = Array.isArray(pass.pattern) ? (pass.pattern as readonly OpPattern[]) : [pass.pattern as OpPattern];
    for (const pattern of patterns) {
      for (const node of pattern.keys.flatMap((key) => [...editor.nodesOf(key)])) {
        if (this.stopped) return;
        if (!editor.has(node) || node.outputs[0] === undefined || !couldMatch(pattern, node)) continue;
        const match = Match.at(pattern, node);
        if (match === undefined) continue;
        if (!(match instanceof Match)) {
          this.refused(pass, editor, `${JSON.stringify(match.name)} inside the pattern is read elsewhere`, node, round);
          continue;
        }
        const result = pass.rewrite(match, context);
        if (result !== undefined) this.settle(pass, editor, result, node, match.nodes, round);
      }
    }
  }

  private settle(pass: Pass, editor: GraphEditor, result: Patch | Refusal, root: Node | undefined, matched: readonly Node[], round: number): void {
    if (result.kind === 'refusal') {
      this.refused(pass, editor, result.reason, result.node ?? root, round);
      return;
    }
    const from = result.from ?? matched;
    const outcome = editor.apply(result, root ?? from[0], from);
    if (typeof outcome === 'string') {
      this.refused(pass, editor, outcome, root ?? from[0], round);
      return;
    }
    const entry: TrailEntry = { ...this.entry(pass, editor, round), outcome: 'applied', patch: ++this.patches, ...outcome };
    this.entries.push(entry);
    this.options.onPatch?.(entry, () => {
      editor.flush();
      return summarize(this.root);
    });
  }

  // The same refusal comes back every round: it is recorded once.
  private refused(pass: Pass, editor: GraphEditor, reason: string, node: Node | undefined, round: number): void {
    const before = node === undefined ? [] : [labelOf(node)];
    const key = JSON.stringify([pass.name, reason, editor.graph.path, before]);
    if (this.refusals.has(key)) return;
    this.refusals.add(key);
    this.entries.push({ ...this.entry(pass, editor, round), outcome: 'refused', reason, before, after: [] });
  }

  private entry(pass: Pass, editor: GraphEditor, round: number) {
    return { pass: pass.name, level: pass.level, contract: pass.contract, graph: editor.graph.path, round };
  }
}

const bareName = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
