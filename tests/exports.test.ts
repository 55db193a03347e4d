/**
 * @file What the package exports: the public names of each entry, that every path in package.json exists, and that
 * nothing reachable from gantry/browser needs Node. Reads the build.
 */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Record<string, string | { types: string; default: string }>;
  dependencies: Record<string, string>;
};
const entries = Object.entries(manifest.exports).flatMap(([name, paths]) =>
  typeof paths === "string" ? [] : [{ name: `gantry${name.slice(1)}`, ...paths }],
);

/** The names that a declaration file exports, with those of the files it passes on. Types only when `types` is set. */
function declaredNames(file: string, names = new Set<string>()): Set<string> {
  const text = readFileSync(file, "utf8");
  for (const [, name] of text.matchAll(/^export (?:declare )?(?:abstract )?(?:interface|type|class) (\w+)/gm)) {
    names.add(name!);
  }
  for (const [, typeOnly, list] of text.matchAll(/^export (type )?\{([^}]*)\} from/gm)) {
    for (const item of list!.split(",").flatMap((part) => part.trim() || [])) {
      if (typeOnly !== undefined || item.startsWith("type "))
        names.add(
          item
            .replace(/^type /, "")
            .split(" ")
            .at(-1)!,
        );
    }
  }
  for (const [, target] of text.matchAll(/^export \* from "(\.[^"]+)"/gm)) {
    declaredNames(resolve(dirname(file), target!.replace(/\.[jt]s$/, ".d.ts")), names);
  }
  return names;
}

async function publicNames({ types, default: file }: { types: string; default: string }): Promise<string> {
  const values = Object.keys((await import(pathToFileURL(join(root, file)).href)) as object).sort();
  const onlyTypes = [...declaredNames(join(root, types))].filter((name) => !values.includes(name)).sort();
  return `values: ${values.join(" ")}\ntypes: ${onlyTypes.join(" ")}`;
}

/** Everything that a built file imports, directly or not: our files as paths, packages by name. */
function reachable(file: string, seen = new Map<string, string>(), from = "package.json"): Map<string, string> {
  if (seen.has(file)) return seen;
  seen.set(file, from);
  const text = readFileSync(file, "utf8");
  const statics = text.matchAll(/^\s*(?:import|export)\s[^"';]*?from\s*"([^"]+)"|^\s*import\s*"([^"]+)"/gm);
  const dynamics = text.matchAll(/\bimport\(\s*"([^"]+)"\s*\)|\brequire\(\s*"([^"]+)"\s*\)/g);
  for (const [, a, b] of [...statics, ...dynamics]) {
    const target = (a ?? b)!;
    if (target.startsWith(".")) reachable(resolve(dirname(file), target), seen, relative(root, file));
    else if (!seen.has(target)) seen.set(target, relative(root, file));
  }
  return seen;
}

test("every path of package.json's exports exists in the build", () => {
  const paths = entries.flatMap(({ types, default: file }) => [types, file]);
  expect(paths.length).toBeGreaterThan(0);
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

describe("the public names of", () => {
  const named = new Map(entries.map((entry) => [entry.name, entry]));
  const namesOf = (name: string) => publicNames(named.get(name)!);

  test("no entry that is not listed here", () => {
    expect([...named.keys()].join(" ")).toMatchInlineSnapshot(
      `"gantry gantry/graph gantry/nn gantry/gan gantry/metrics gantry/browser"`,
    );
  });
  test("gantry", async () => {
    expect(await namesOf("gantry")).toMatchInlineSnapshot(`
      "values: ConfigError DataError GantryError READERS ShapeError defineConfig evaluate figuresOf followEvents inspectDataset loadDataset mergeConfig nodeBackend parseConfig presetConfig presets readEvents recommend resume statistics train
      types: Config ConfigInput DataDescription DataOptions Dataset Device EvaluateOptions Evaluation Evaluations ForeignOptions ImageDataset Inspection JudgedFigure JudgedSubject JudgingReals LeftOut NodeBackendOptions PointDataset PresetInput RunEvent RunEventOf RunHandle RunStatus StatisticsOptions TrainOptions TrainingResult TrainingSummary WrittenStatistics"
    `);
  });
  test("gantry/graph", async () => {
    expect(await namesOf("gantry/graph")).toMatchInlineSnapshot(`
      "values: abs add broadcastTo buildGraph cast concat constant conv convFilterGrad convTranspose div emitModel equal evaluate exp full grad greater inScope input leakyRelu leakyReluGrad log makeNode matmul maxKeep maximum mean meanKeep minimum mul neg optimize pad printGraph pullback referenceBackend relu reshape scalar select sigmoid sign slice softplus sqrt square stopGradient sub sum sumKeep tanh transpose verifyGraph
      types: Backend ConvGeometry DType DeviceArray Executable Graph HostArray HostArrays OpAttrs OpName Operand ResidentExecutable ResidentResults Shape Tensor"
    `);
  });
  test("gantry/nn", async () => {
    expect(await namesOf("gantry/nn")).toMatchInlineSnapshot(`
      "values: adam alongChannels applyLayer applyNetwork averagePool batchNorm bilinearDownsample bilinearUpsample chain clipByGlobalNorm clipByValue clipWeights conditionalBatchNorm constantsOnly conv2d conv2dAveragePool conv2dTranspose decayWeights declareNetwork dense dropout emaDecay emaUpdate equalisedConv equalisedDense fanInNormal fanInUniform fans fillWith firConvDown firConvUp firDownsample firUpsample flatten glorotUniform heNormal layerNorm leakyRelu lookahead maxPool minibatchDiscrimination minibatchStdDev modulatedConv normal normaliseBatch ones optimistic optimizers orthogonal pack packLayout rampAt relu reshape residual rmsprop scaled scheduleFactor scheduledAt scheduledSchema selfAttention sequential sgd showFeatures sigmoid softplus spectralNorm stateless sumPool tanh uniform unpack upsampleConv2d upsampleNearest withContext zeros
      types: AdamOptions Applied AskScheduled BatchNormOptions Bindings BufferSpec ConditionalBatchNormOptions Context ContextChanges ConvOptions ConvTransposeOptions DenseOptions Distribution EqualisedConvOptions EqualisedDenseOptions EqualisedOptions HeadOptions Initializer Layer LookaheadOptions MinibatchDiscriminationOptions ModulatedOptions NetworkSpec NormalisationOptions PackEntry PackLayout Padding Pair ParamSpec Ramp ResampledConvOptions RmspropOptions Schedule Scheduled SelfAttentionOptions SgdOptions SlotSpec Slots Transform"
    `);
  });
  test("gantry/gan", async () => {
    expect(await namesOf("gantry/gan")).toMatchInlineSnapshot(`
      "values: augments classTerm codeDiscriminator codeHeadSize codeTerm conditionDiscriminator conditionGenerator conditionInput conditionSize createGame crossEntropy drawCodes gameState models normalise objectives packSamples penalties penaltySlots phaseKey planStep traceSampler traceStep withReconstructor
      types: Adaptive Augment AugmentContext Code Condition DiscriminatorOptions DiscriminatorWay Draw Game GameOptions GameView GeneratorWay LossContext Model ModelBuilder ModelCondition Objective Penalty Phase Player PlayerName RandomSpec Reconstructor Replay SampleFormat SampleShape SampleType ScalarSpec StateSpec StepProgram Unroll Updates"
    `);
  });
  test("gantry/browser", async () => {
    expect(await namesOf("gantry/browser")).toMatchInlineSnapshot(`
      "values: abs add augments broadcastTo buildGraph cast classTerm codeDiscriminator codeHeadSize codeTerm concat conditionDiscriminator conditionGenerator conditionInput conditionSize constant conv convFilterGrad convTranspose createGame crossEntropy decodeEvent decodeSafetensors div drawCodes emitModel encodeEvent encodeSafetensors equal evaluate exp full gameState grad greater inScope input leakyRelu leakyReluGrad log makeNode matmul maxKeep maximum mean meanKeep minimum models mul neg normalise objectives optimize packSamples pad penalties penaltySlots phaseKey planStep printGraph pullback referenceBackend relu reshape scalar select sigmoid sign slice softplus sqrt square stopGradient sub sum sumKeep tanh traceSampler traceStep transpose verifyGraph webBackend withReconstructor
      types: Adaptive Augment AugmentContext Backend Code Condition ConvGeometry DType DeviceArray DiscriminatorOptions DiscriminatorWay Draw Executable Game GameOptions GameView GeneratorWay Graph HostArray HostArrays LossContext Model ModelBuilder ModelCondition Objective OpAttrs OpName Operand Penalty Phase Player PlayerName RandomSpec Reconstructor Replay ResidentExecutable ResidentResults RunEvent SampleFormat SampleShape SampleType ScalarSpec Shape StateArray StateSpec StepProgram Tensor Unroll Updates"
    `);
  });
});

/** Packages that run in a page. */
const BROWSER_PACKAGES = ["onnxruntime-web", "onnxruntime-web/webgpu", "zod"];

test.each(["gantry/browser", "gantry/graph", "gantry/nn", "gantry/gan"])("%s needs nothing of Node", (name) => {
  const entry = entries.find((candidate) => candidate.name === name)!;
  const found = reachable(join(root, entry.default));
  const packages = [...found].filter(([target]) => !target.startsWith(root));
  const forbidden = packages.filter(([target]) => !BROWSER_PACKAGES.includes(target));
  expect(forbidden.map(([target, from]) => `${from} imports ${target}`)).toEqual([]);
  expect(found.size).toBeGreaterThan(10);
});

test("every package that the build imports is a dependency", () => {
  const found = new Set(entries.flatMap((entry) => [...reachable(join(root, entry.default)).keys()]));
  for (const file of ["dist/run/training/worker.js", "dist/cli/main.js"]) {
    if (existsSync(join(root, file))) for (const target of reachable(join(root, file)).keys()) found.add(target);
  }
  const packages = [...found].filter((target) => !target.startsWith(root) && !target.startsWith("node:"));
  const names = packages.map((target) => /^(@[^/]+\/)?[^/]+/.exec(target)![0]);
  expect(names.filter((name) => !(name in manifest.dependencies))).toEqual([]);
});
