// Writes docs/reference/ from the build and the sources: `node scripts/reference.mjs` after `npm run build`.
// With --check it writes nothing and exits with 1 when a committed page differs from what would be written.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { z } from "zod";
import { costNote, costOf, otherCosts } from "./costs.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(root, "docs", "reference");
const built = (path) => import(pathToFileURL(join(root, "dist", path)).href);
const source = (path) => readFileSync(join(root, "src", path), "utf8");

const { configSchema } = await built("config/schema.js");
const { parseConfig } = await built("config/config.js");
const { presetConfig, presets, sizedPresets } = await built("config/layers.js");
const { gameFromConfig } = await built("config/game-from-config.js");
const { objectives } = await built("gan/objectives.js");
const { penalties } = await built("gan/penalties.js");
const { augments } = await built("gan/augments.js");
const { createGame } = await built("gan/game/create-game.js");
const { traceStep } = await built("gan/step/step.js");
const { betterText } = await built("metrics/metric.js");
const { metrics } = await built("metrics/metrics.js");
const { PROBES } = await built("health/measure/probes.js");
const { SIGNALS } = await built("health/signals.js");
const { models } = await built("models/models.js");
const { optimizers } = await built("optim/optimizers.js");
const { READERS } = await built("data/sources.js");

// ---- Markdown

const cell = (text) => String(text).replaceAll("|", "\\|").replaceAll("\n", " ");
const code = (text) => `\`${text}\``;
const list = (values) => values.map(code).join(", ");

/** A table. Rows are arrays of cells, already Markdown. */
function table(header, rows) {
  const line = (cells) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(header), `|${header.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

// ---- JSON schema, as zod gives it

const jsonSchema = (schema) => z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });

function typeOf(schema) {
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum) return schema.enum.map((value) => code(JSON.stringify(value))).join(" ");
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.oneOf) return "a choice by name";
  if (schema.type === "array") return "list";
  if (schema.properties?.from && schema.properties.to) return "ramp";
  return { integer: "whole number", boolean: "`true` `false`", string: "text" }[schema.type] ?? schema.type;
}

function rangeOf(schema) {
  if (schema.anyOf) return schema.anyOf.map(rangeOf).find((range) => range !== "") ?? "";
  const low = schema.exclusiveMinimum !== undefined ? `> ${schema.exclusiveMinimum}` : undefined;
  const high = schema.exclusiveMaximum !== undefined ? `< ${schema.exclusiveMaximum}` : undefined;
  const { minimum, maximum } = schema;
  const parts = [low ?? (minimum === undefined ? undefined : `≥ ${minimum}`)];
  parts.push(high ?? (maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? undefined : `≤ ${maximum}`));
  return parts.filter((part) => part !== undefined).join(", ");
}

const defaultOf = (schema, required) => {
  if (schema.default !== undefined) return code(schema.default?.name ?? JSON.stringify(schema.default));
  return required ? "required" : "";
};

const row = (path, schema, required, meaning = schema.description ?? "") => [
  code(path),
  typeOf(schema),
  defaultOf(schema, required),
  rangeOf(schema),
  meaning,
];

/** The options of a registry row, as a table, or a sentence when there are none. */
function optionsTable({ options }) {
  const { properties, required = [] } = jsonSchema(options);
  const rows = Object.entries(properties).map(([key, schema]) => row(key, schema, required.includes(key)));
  return rows.length === 0 ? "No options." : table(["option", "type", "default", "range", "meaning"], rows);
}

const registryPage = (title, intro, kind, entries, extra = () => "") =>
  [
    `# ${title}`,
    intro,
    costNote(),
    ...Object.values(entries).map((entry) =>
      [
        `## ${code(entry.name)}`,
        entry.summary,
        optionsTable(entry),
        extra(entry),
        costOf(kind, entry.name),
        `Paper: ${entry.paper}.`,
      ]
        .filter((part) => part !== "")
        .join("\n\n"),
    ),
  ].join("\n\n");

// ---- Sources: doc comments

/** The text of a `/** … *\/` comment, on one line. */
const comment = (text) =>
  (text ?? "")
    .replace(/^\s*\/\*\*|\*\/\s*$/g, "")
    .replace(/^\s*\*\s?/gm, "")
    .replace(/\{@link (\w+)\}/g, "`$1`")
    .replace(/\s+/g, " ")
    .trim();

const COMMENT = String.raw`(?:(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\s*\n)?`;

/** The members of an interface's body, with their comments. */
function members(body) {
  const member = new RegExp(`${COMMENT}[ \\t]*(?:readonly )?(\\w+)\\??: ((?:[^;{}]|\\{[^{}]*\\})+);`, "g");
  return [...body.matchAll(member)].map(([, doc, name, type]) => ({ name, type, doc: comment(doc) }));
}

// ---- Pages

/** The pages that list the rows of the choices in a config. */
const PAGES = {
  model: "models",
  objective: "objectives",
  penalties: "penalties",
  augment: "augments",
  optimizer: "optimizers",
  "metrics.list": "metrics",
};
const REGISTRIES = { model: models, objective: objectives, penalties, augment: augments, optimizer: optimizers };

/** Rows for a choice out of a registry: its name, and the keys that every row has beside its own options. */
function choiceRows(path, schema, meaning) {
  const kind = path.split(".")[0];
  const names = schema.oneOf.map((branch) => branch.properties.name.const);
  const [first] = schema.oneOf;
  const own = Object.keys(jsonSchema(REGISTRIES[kind][names[0]].options).properties);
  const shared = Object.entries(first.properties).filter(([key]) => key !== "name" && !own.includes(key));
  const page = `[${PAGES[kind]}.md](${PAGES[kind]}.md)`;
  const text = `${meaning === "" ? "" : `${meaning}; `}one of ${list(names)}, with the options listed in ${page}`;
  return [
    row(path, schema, schema.default === undefined, text),
    ...shared.flatMap(([key, part]) => configRows(`${path}.${key}`, part, false)),
  ];
}

function configRows(path, schema, required) {
  if (schema.oneOf) return choiceRows(path, schema, schema.description ?? "");
  if (schema.items?.oneOf) {
    const names = schema.items.oneOf.map((branch) => branch.properties.name.const);
    const text = `${schema.description}; each one of ${list(names)}, with the options listed in [${PAGES[path]}.md](${PAGES[path]}.md)`;
    return [row(path, schema, required, text)];
  }
  if (!schema.properties) return [row(path, schema, required)];
  return Object.entries(schema.properties).flatMap(([key, part]) =>
    configRows(`${path}.${key}`, part, schema.required?.includes(key) ?? false),
  );
}

const json = (value) => ["```json", JSON.stringify(value, null, 2), "```"].join("\n");

/** Data for which the presets that are sized from them are shown. */
const DESCRIPTIONS = [
  ["`ring`, 100,000 points in the plane", { kind: "points", shape: [2], count: 100_000 }],
  ["MNIST, 60,000 grey images of 28x28", { kind: "images", shape: [1, 28, 28], count: 60_000 }],
  ["5,000 colour images of 64x64", { kind: "images", shape: [3, 64, 64], count: 5000 }],
];

function configPage() {
  const schema = jsonSchema(configSchema);
  // A default that stands outside a preprocessing step is only known to the output's schema.
  const { properties: output } = z.toJSONSchema(configSchema, { io: "output", unrepresentable: "any" });
  for (const key of ["penalties", "augment"]) schema.properties[key].default = output[key].default;
  schema.properties.metrics.properties.list.default = output.metrics.properties.list.default;
  const groups = Object.entries(schema.properties).map(([key, part]) => ({
    key,
    nested: part.properties !== undefined || part.oneOf !== undefined || part.items !== undefined,
    description: part.description,
    rows: configRows(key, part, schema.required.includes(key)),
  }));
  const header = ["key", "type", "default", "range", "meaning"];
  const sections = groups
    .filter(({ nested }) => nested)
    .map(({ key, description, rows }) =>
      [`## ${code(key)}`, ...(description ? [`${sentence(description)}`] : []), table(header, rows)].join("\n\n"),
    );
  const plain = groups.filter(({ nested }) => !nested).flatMap(({ rows }) => rows);
  return [
    "# Config",
    "Every key of a config, as it stands in `gantry.config.ts`, in JSON, in `config.json` of a run, and behind `--set`. An unknown key is an error. How a config is put together is told in the [guide on training](../guide/training.md).",
    'A choice by name is written `"r1"` or `{ "name": "r1", "gamma": 2 }`; a change of name drops the options of the old one. An empty default means that the key may be left out and then has no value.',
    "## Keys on their own",
    table(header, plain),
    ...sections,
    "## What options cost",
    costNote(),
    table(
      ["option", "a step with it"],
      otherCosts(isRow).map(([name, cost]) => [code(name.replace("/", ": ")), cost]),
    ),
    "## Presets",
    "What each preset sets; everything else has its default.",
    ...Object.keys(sizedPresets).map((name) =>
      [
        `### ${code(name)}`,
        "Sized from the data; [recipes](../recipes.md) has the rules and the reasons. For some:",
        ...DESCRIPTIONS.map(([what, data]) => `${what}:\n\n${json(presetConfig(name, data))}`),
      ].join("\n\n"),
    ),
    ...Object.entries(presets).map(([name, preset]) => `### ${code(name)}\n\n${json(preset)}`),
  ].join("\n\n");
}

/** Whether `kind/name` is a row of a registry, whose cost stands on its own page. */
const isRow = (path) => {
  const [kind, name] = path.split("/");
  return Object.hasOwn(REGISTRIES[kind] ?? {}, name);
};

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}.`;
const grouped = (n) => n.toLocaleString("en-US");

/** Learned numbers of a model's two networks, found by declaring them. */
function parameterCounts(name, kind, shape) {
  const model = models[name].create(models[name].options.parse({}))({ kind, shape });
  const transform = { slots: () => ({}), update: (gradient) => ({ update: gradient, slots: {} }) };
  const game = createGame({
    sample: { kind, shape },
    batch: 2,
    latent: model.latent,
    generator: { layer: model.generator, optimizer: transform },
    discriminator: { layer: model.discriminator, optimizer: transform },
    objective: objectives["non-saturating"].create({}),
    penalties: {},
    updates: { mode: "alternating", discriminatorSteps: 1, generatorSteps: 1 },
    ema: false,
  });
  return { game, generator: game.generator.parameters, discriminator: game.discriminator.parameters };
}

const TYPICAL = {
  tutorial: [
    ["images", [3, 32, 32]],
    ["images", [3, 64, 64]],
  ],
  dcgan: [
    ["images", [1, 28, 28]],
    ["images", [3, 32, 32]],
    ["images", [3, 64, 64]],
    ["images", [3, 128, 128]],
  ],
  r3gan: [
    ["images", [1, 28, 28]],
    ["images", [3, 32, 32]],
    ["images", [3, 64, 64]],
  ],
  mlp: [
    ["points", [1]],
    ["points", [2]],
    ["images", [1, 28, 28]],
  ],
  resnet: [
    ["images", [1, 28, 28]],
    ["images", [3, 32, 32]],
    ["images", [3, 64, 64]],
    ["images", [3, 128, 128]],
  ],
  biggan: [
    ["images", [3, 32, 32]],
    ["images", [3, 64, 64]],
    ["images", [3, 128, 128]],
  ],
  stylegan2: [
    ["images", [3, 32, 32]],
    ["images", [3, 64, 64]],
    ["images", [3, 128, 128]],
  ],
};

function modelCounts({ name }) {
  const sizes = TYPICAL[name] ?? [["images", [3, 32, 32]]];
  const rows = sizes.map(([kind, shape]) => {
    const { generator, discriminator } = parameterCounts(name, kind, shape);
    const ratio = generator.length / discriminator.length;
    return [
      `${kind} [${shape.join(", ")}]`,
      grouped(generator.length),
      grouped(discriminator.length),
      ratio >= 1 ? `${ratio.toFixed(1)} : 1` : `1 : ${(1 / ratio).toFixed(1)}`,
    ];
  });
  const note = "Learned numbers with the default options (running averages of batch normalisation not counted):";
  return `${note}\n\n${table(["data", "generator", "discriminator", "ratio"], rows)}`;
}

function dataPage() {
  const rows = (builtIn) =>
    READERS.filter((reader) => reader.builtIn === builtIn).map((reader) => [
      code(reader.name),
      reader.describe,
      reader.options.length === 0 ? "" : list(reader.options),
    ]);
  const { properties } = jsonSchema(configSchema).properties.data;
  return [
    "# Data sources",
    "What `data.source` in a config, `--data` and `loadDataset()` accept. How to use them is told in the [guide on data](../guide/data.md).",
    "## By name",
    table(["name", "what it is", "options"], rows(true)),
    "## By path",
    "The first reader that recognises the path reads it; the order is that of the table.",
    table(["reader", "what it reads", "options"], rows(false)),
    "## Options",
    "`limit` works with every source, `mirror` with images, the others with the sources that name them above; an option that does not apply is an error. Synthetic sources take their seed from the config.",
    table(
      ["option", "type", "default", "range", "meaning"],
      Object.entries(properties)
        .filter(([key]) => key !== "source")
        .map(([key, schema]) => row(key, schema, false)),
    ),
  ].join("\n\n");
}

/** Every scalar that a step can measure, in the order of the log. */
function scalarNames() {
  // The model whose generator shows all that a penalty may look at.
  const { game } = parameterCounts("stylegan2", "images", [1, 8, 8]);
  const all = Object.fromEntries(
    Object.values(penalties).map((entry) => [entry.name, entry.create(entry.options.parse({}))]),
  );
  // Points have one augmentation, whose scalars are those of all.
  const adaptive = { apa: augments.apa.create(augments.apa.options.parse({})) };
  const measured = (of) =>
    traceStep(of, { discriminator: true, generator: true, moves: true, penalties: Object.keys(of.penalties) }).metrics;
  // What heads measure: of the classes of the data, and of a code.
  const sample = { kind: "points", shape: [2], classes: ["a", "b"] };
  const withHead = (keys) => gameFromConfig(parseConfig({ data: { source: "ring" }, model: "mlp", ...keys }), sample);
  const games = [
    { ...game, penalties: all, augments: adaptive },
    withHead({ conditioning: "class-head" }),
    withHead({ code: 2 }),
  ];
  return [...new Set(games.flatMap(measured)), "images/second"];
}

/** What each need of a metric means. */
const NEEDS = {
  probabilities: "class probabilities: the features `lenet_mnist` or `lenet_fashion_mnist`",
  channels: "stacked digits: the features `lenet_mnist_stacked`",
  images: "images",
  modes: "known modes: `ring`, `grid` and the other synthetic mixtures",
  memory: "reals that the generator has not seen: `metrics.heldOut`",
  game: "two players, and reals that neither has seen: `metrics.heldOut`",
};

function metricsPage() {
  const rows = Object.values(metrics).map((entry) => [entry, entry.create(entry.options.parse({}))]);
  const good = (better) => (better === null ? "" : betterText(better));
  return [
    "# Metrics",
    "What samples are judged by, during a training by the config key [`metrics`](config.md#metrics). The full name of a metric says how many samples were judged and, where that matters, what looked at them: `fid-10k-lenet_mnist`. Figures of one name are compared with each other and with none of another name. The figure of reals stands beside each. How to use them is told in the [guide on training](../guide/training.md#metrics).",
    table(
      ["metric", "good values", "needs"],
      rows.map(([{ name }, metric]) => [
        `[${code(name)}](#${name})`,
        good(metric.better),
        metric.needs.map((need) => NEEDS[need]).join("; "),
      ]),
    ),
    ...rows.map(([entry, metric]) =>
      [
        `## ${code(entry.name)}`,
        entry.summary,
        optionsTable(entry),
        table(
          ["figure", "good values"],
          Object.entries(metric.figures).map(([name, better]) => [code(name), good(better)]),
        ),
        `${metric.uses === "features" ? "Depends on the features." : "Does not depend on the features."} Paper: ${entry.paper}.`,
      ].join("\n\n"),
    ),
  ].join("\n\n");
}

/** What the generic fields of every event hold. */
const GENERIC = { v: "Version of the event format.", type: "Which event it is: a heading below." };

function eventsPage() {
  const text = source("run/store/events.ts");
  const interfaces = [
    ...text.matchAll(new RegExp(`${COMMENT}(?:export )?interface (\\w+)[^{]*?\\{\\n([\\s\\S]*?)\\n\\}`, "g")),
  ];
  const base = interfaces.find(([, , name]) => name === "EventBase");
  const types = Object.fromEntries(
    [...text.matchAll(/^export type (\w+) = ([^;]+);/gm)].map(([, name, type]) => [name, type]),
  );
  const plainType = (type) =>
    (types[type]?.startsWith('"') ? types[type] : type)
      .replace(/^T$/, "string")
      .replaceAll("typeof EVENT_VERSION", "1");
  const fields = (body) =>
    table(
      ["field", "type", "meaning"],
      members(body).map(({ name, type, doc }) => [code(name), code(plainType(type)), GENERIC[name] ?? doc]),
    );
  const events = interfaces.flatMap(([all, doc, , body]) => {
    const type = /extends EventBase<"(\w+)">/.exec(all)?.[1];
    return type === undefined ? [] : [[`## ${code(type)}`, comment(doc), fields(body)].filter(Boolean).join("\n\n")];
  });
  const judged = interfaces.find(([, , name]) => name === "JudgedValue");
  const shapes = ["JsonValue", "ScalarValues", "Evidence", "MetricResults"].map(
    (name) => `export type ${name} = ${types[name]};`,
  );
  return [
    "# Events",
    'A run\'s log, `events.jsonl`, is one JSON object a line, only ever added to; a resumed run first cuts what came after its checkpoint. `readEvents` and `followEvents` of `gantry` read it, `RunHandle.events` gives the same objects live. In the file NaN and the infinities are the texts `"NaN"`, `"Infinity"` and `"-Infinity"`; the readers turn them back into numbers.',
    "## In every event",
    fields(base[3]),
    ...events,
    "## Value types",
    ["```ts", ...shapes, "```"].join("\n"),
    "A `JudgedValue` has:",
    fields(judged[3]),
    "## Names of scalars",
    `${list(scalarNames())}. The scalars of a penalty or an augmentation are there when it is used. What each one says is told in [Reading a run](../guide/reading-a-run.md).`,
  ].join("\n\n");
}

/** The lowest level of `health.probes` at which a signal of a look is measured. */
function levelOf({ name }) {
  const begins = (pattern, text) => pattern.endsWith("*") && text.startsWith(pattern.slice(0, -1));
  const probe = PROBES.find(({ signals }) =>
    signals.some((signal) => signal === name || begins(signal, name) || begins(name, signal)),
  );
  if (probe === undefined) throw new Error(`no probe measures ${name}`);
  return probe.level;
}

function signalsPage() {
  const BAD = { low: "low values", high: "high values", both: "either way", neither: "only its course says something" };
  const rangeText = ([low, high]) => (low === null && high === null ? "any" : `${low ?? ""} … ${high ?? ""}`.trim());
  const rows = (measured) =>
    SIGNALS.filter((signal) => signal.measured === measured).map((signal) => [
      code(signal.name),
      signal.says,
      `${signal.unit}, ${rangeText(signal.range)}${signal.form === "list" ? ", a list" : ""}`,
      signal.well,
      BAD[signal.bad],
      ...(measured === "look" ? [levelOf(signal)] : []),
    ]);
  const header = ["signal", "what it says", "unit and range", "when all is well", "what is bad"];
  return [
    "# Signals",
    "What is measured of a training: scalars at every step, averaged over `log.every` steps, and signals of looks, every `health.every` steps. They stand in the log by these names (events `scalars` and `probe`), diagnoses read them, and `gantry diagnose --columns` takes them. A name that ends in `*` stands for all that begin so.",
    "## Of a step",
    table(header, rows("step")),
    "## Of a look",
    "The last column is the lowest level of `health.probes` at which a signal is measured. What is normal for the data is measured on reals before the training, and stands in the event `baseline`.",
    table([...header, "level"], rows("look")),
  ].join("\n\n");
}

function opsPage() {
  const vocabulary = /export interface OpAttrs \{\n([\s\S]*?)\n\}/.exec(source("graph/ops.ts"))[1];
  const tracing = new Map(
    [...source("graph/tensor.ts").matchAll(new RegExp(`${COMMENT}export (?:const|function) (\\w+)`, "g"))].map(
      ([, doc, name]) => [name, comment(doc)],
    ),
  );
  const ops = members(vocabulary);
  const attrs = (type) => (type === "object" ? "" : code(type.replaceAll("readonly ", "").replace(/\s+/g, " ")));
  const opNames = new Set(ops.map(({ name }) => name));
  const made = [...tracing].filter(([name, doc]) => !opNames.has(name) && doc !== "" && name !== "makeNode");
  return [
    "# The op vocabulary",
    "A graph is written in these words and no others. Each has a shape rule, a derivative made of the same words, a reference kernel in float64 and a lowering to ONNX. `x`, `a`, `b`, `y`, `w` and `ct` are operands; shapes are static.",
    table(
      ["op", "attributes", "meaning", "function of `gantry/graph`"],
      ops.map(({ name, type, doc }) => [code(name), attrs(type), doc, tracing.get(name) ?? ""]),
    ),
    "`ConvGeometry` is `{ strides: [number, number]; pads: [top, left, bottom, right]; dilations: [number, number]; groups: number }`.",
    "## Functions made of these ops",
    table(
      ["function", "meaning"],
      made.map(([name, doc]) => [code(name), doc]),
    ),
  ].join("\n\n");
}

const pages = {
  "config.md": configPage(),
  "objectives.md": registryPage(
    "Objectives",
    "What the two players play for. `r` and `f` are the discriminator's logits for real and generated samples, σ is the logistic function; each term is averaged over the batch.",
    "objective",
    objectives,
  ),
  "penalties.md": registryPage(
    "Penalties",
    "Terms added to a player's loss. Gradient penalties differentiate a gradient; they work with every model and objective, but not well with batch normalisation in the discriminator.",
    "penalties",
    penalties,
  ),
  "augments.md": registryPage(
    "Augmentations",
    "What is done to reals and fakes before the discriminator sees them, by the config key `augment`. When to use which is told in the [guide](../guide/augmentation.md).",
    "augment",
    augments,
  ),
  "optimizers.md": registryPage(
    "Optimisers",
    "How a gradient becomes an update; the parameters move by the learning rate times the update. The learning rate, its schedule and gradient clipping are keys beside these options, see [config.md](config.md#optimizer).",
    "optimizer",
    optimizers,
  ),
  "models.md": registryPage(
    "Models",
    "Pairs of a generator and a discriminator, made for the shape of the data. The parameter counts are computed from the networks when this page is written.",
    "model",
    models,
    modelCounts,
  ),
  "metrics.md": metricsPage(),
  "data.md": dataPage(),
  "events.md": eventsPage(),
  "signals.md": signalsPage(),
  "ops.md": opsPage(),
};

const NOTICE = "<!-- Written by scripts/reference.mjs. Do not edit: change the source and run it again. -->";
mkdirSync(folder, { recursive: true });
const known = new Set(readdirSync(folder));
const stale = [];
for (const [name, text] of Object.entries(pages)) {
  const wanted = `${NOTICE}\n\n${text}\n`;
  const path = join(folder, name);
  if (known.has(name) && readFileSync(path, "utf8") === wanted) continue;
  stale.push(name);
  if (!process.argv.includes("--check")) writeFileSync(path, wanted);
}
for (const name of [...known].filter((file) => !(file in pages))) {
  stale.push(name);
  if (!process.argv.includes("--check")) rmSync(join(folder, name));
}
if (!process.argv.includes("--check")) {
  console.error(stale.length === 0 ? "docs/reference is up to date" : `wrote ${stale.join(", ")}`);
} else if (stale.length > 0) {
  console.error(`docs/reference differs from the code: ${stale.join(", ")}`);
  console.error("help: run `npm run build && node scripts/reference.mjs` and commit the result");
  process.exitCode = 1;
}
