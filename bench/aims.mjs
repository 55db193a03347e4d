// What the benchmark aims at, and how far a result is from it.

/** The case whose step the regularised cases add something to. */
const PLAIN_CASE = "dcgan-32-plain";

const peer = (result, name) => result?.peers.find((p) => p.name === name);

/** The better of PyTorch's two thread counts. */
export function pytorchOf(result) {
  const measured = result?.peers.filter((p) => p.name.startsWith("pytorch") && p.stepMs !== undefined) ?? [];
  return measured.toSorted((a, b) => a.stepMs.median - b.stepMs.median)[0];
}

const atLeast = (name, aim, unit, value) => ({ name, aim, unit, value, met: value >= aim, text: `>= ${aim} ${unit}` });
const atMost = (name, aim, unit, value) => ({ name, aim, unit, value, met: value <= aim, text: `<= ${aim} ${unit}` });

/** Every aim that applies to what was measured. Each has `value`, which is undefined when it was not measured. */
export function aimsOf({ cases, command }) {
  const find = (name) => cases.find((result) => result.case === name);
  const speed = (name, aim) => {
    const ratio = pytorchOf(find(name))?.ratio?.median;
    return atLeast(`${name}: times as fast as PyTorch`, aim, "x", ratio);
  };
  // A regularised step is to keep the ratio that the plain one has in the same run.
  const asPlain = (name) => {
    const ratio = (of) => pytorchOf(find(of))?.ratio?.median;
    const plain = ratio(PLAIN_CASE);
    return atLeast(
      `${name}: times as fast as PyTorch, as ${PLAIN_CASE}`,
      plain && Number(number(plain)),
      "x",
      ratio(name),
    );
  };
  const timesPlain = (name, aim) => atMost(`${name}: times the plain step`, aim, "x", find(name)?.timesPlain?.median);
  const share = (name) =>
    atLeast(`${name}: share of the matmul rate`, 45, "%", peer(find(name), "gantry")?.ofMatmul?.median);
  const memory = ({ case: name, peers }) => {
    const aim = pytorchOf({ peers })?.peakMb;
    const own = peer({ peers }, "gantry")?.peakMb;
    return atMost(`${name}: peak memory, PyTorch's beside`, aim && Math.round(aim), "MB", aim && own);
  };
  const ofCommand = [
    atMost("gantry train, MNIST default: first step done", 2000, "ms", command?.firstStep.median),
    atMost("gantry --help", 200, "ms", command?.help.median),
  ];
  const ofCases = [
    speed("dcgan-32", 1.6),
    speed("dcgan-64", 1.6),
    speed("toy-64", 1.4),
    speed("toy-256", 1.4),
    ...["r1r2-dcgan-32", "wgan-gp-dcgan-32", "spectral-dcgan-32", "diffaugment-dcgan-32"].map(asPlain),
    timesPlain("r1r2-dcgan-32", 2.2),
    share("dcgan-32"),
    share("dcgan-64"),
    ...cases.map(memory),
  ].filter(({ name }) => find(name.split(":")[0]) !== undefined);
  return [...ofCases, ...(command ? ofCommand : [])];
}

/** "met", "missed by …" or "not measured". */
export function verdict({ value, aim, unit, met }) {
  if (value === undefined || aim === undefined) return "not measured";
  return met ? "met" : `missed by ${number(Math.abs(value - aim))} ${unit}`;
}

/** Three significant digits, but never fewer than the whole part has. */
export function number(value) {
  if (value === undefined || !Number.isFinite(value)) return "—";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return value.toFixed(Math.min(digits, 3));
}
