/** @file Published rows of ring and grid. They were trained with other networks, optimisers and lengths than ours. */

import { figure, type PublishedFigure, type PublishedRow } from "./published.ts";

const VEEGAN = "VEEGAN (Srivastava et al., 2017), its table (akashgit/VEEGAN, tab.png)";
const PACGAN = "PacGAN (Lin et al., 2018), table 1 (fjxmlzn/PacGAN, synthetic_data_experiments/results/Table1.png)";
const D2L = "smolix/d2l-neu, stored outputs of the chapter on GANs";

type Figures = readonly [modes: PublishedFigure, quality: PublishedFigure, reverseKl?: PublishedFigure];

const row = (method: string, [modes, quality, reverseKl]: Figures, source: string, remark?: string): PublishedRow => ({
  method,
  figures: {
    modes,
    "modes/high-quality": quality,
    ...(reverseKl && { "modes/reverse-kl": reverseKl }),
  },
  source,
  ...(remark !== undefined && { remark }),
});

const percent = (value: number, error?: number): PublishedFigure =>
  figure(value / 100, error === undefined ? undefined : error / 100);

const SHRUNKEN = "99.3 % is above the 98.9 % of true samples: its one mode is narrower than the true one";

/** Eight Gaussians on a circle. */
export const ringRows: readonly PublishedRow[] = [
  row("GAN (VEEGAN's)", [figure(1), percent(99.3)], VEEGAN, SHRUNKEN),
  row("ALI (VEEGAN's)", [figure(2.8), percent(0.13)], VEEGAN),
  row("Unrolled GAN (VEEGAN's)", [figure(7.6), percent(35.6)], VEEGAN),
  row("VEEGAN", [figure(8), percent(52.9)], VEEGAN),
  row("GAN (PacGAN's)", [figure(6.3, 0.5), percent(98.2, 0.2), figure(0.45, 0.09)], PACGAN),
  row("ALI (PacGAN's)", [figure(6.6, 0.3), percent(97.6, 0.4), figure(0.36, 0.04)], PACGAN),
  row("PacGAN2", [figure(7.9, 0.1), percent(95.6, 2.0), figure(0.07, 0.03)], PACGAN),
  row("PacGAN3", [figure(7.8, 0.1), percent(97.7, 0.3), figure(0.1, 0.02)], PACGAN),
  row("PacGAN4", [figure(7.8, 0.1), percent(95.9, 1.4), figure(0.07, 0.02)], PACGAN),
];

const STORED = "one run each; points are new in every batch, 20,000 iterations";

/** Twenty-five Gaussians on a grid. */
export const gridRows: readonly PublishedRow[] = [
  row("GAN (VEEGAN's)", [figure(3.3), percent(0.5)], VEEGAN),
  row("ALI (VEEGAN's)", [figure(15.8), percent(1.6)], VEEGAN),
  row("Unrolled GAN (VEEGAN's)", [figure(23.6), percent(16)], VEEGAN),
  row("VEEGAN", [figure(24.6), percent(40)], VEEGAN),
  row("GAN (PacGAN's)", [figure(17.3, 0.8), percent(94.8, 0.7), figure(0.7, 0.07)], PACGAN),
  row("ALI (PacGAN's)", [figure(24.1, 0.4), percent(95.7, 0.6), figure(0.14, 0.03)], PACGAN),
  row("PacGAN2", [figure(23.8, 0.7), percent(91.3, 0.8), figure(0.13, 0.04)], PACGAN),
  row("PacGAN3", [figure(24.6, 0.4), percent(94.2, 0.4), figure(0.06, 0.02)], PACGAN),
  row("PacGAN4", [figure(24.8, 0.2), percent(93.6, 0.6), figure(0.04, 0.01)], PACGAN),
  row("GAN, in PyTorch", [figure(21), percent(6), figure(0.91)], D2L, STORED),
  row("GAN + R1 + R2, in PyTorch", [figure(25), percent(10), figure(0.51)], D2L, STORED),
  row("relativistic + R1 + R2, in PyTorch", [figure(25), percent(9), figure(0.48)], D2L, STORED),
];

const NUMPY = "a re-implementation in numpy with the numbers of RS-GAN's GAN2_2Cluster.py, 16 seeds";
const share = (count: number): PublishedFigure => ({ value: count / 16, of: 16 });

/** Two clusters on a line: the paper shows curves, so that the rows are those of a second implementation. */
export const twoClusterRows: readonly PublishedRow[] = [
  {
    method: "non-saturating, in numpy",
    figures: { "both-early": share(0), "both-end": share(15) },
    source: NUMPY,
    reimplemented: true,
    remark: "the loss on its plateaus is 0.477 to 0.479; one seed stays on one cluster",
  },
  {
    method: "relativistic, in numpy",
    figures: { "both-early": share(4), "both-end": share(16) },
    source: NUMPY,
    reimplemented: true,
    remark: "the loss on its plateaus is 0.352 to 0.374; most games have both clusters by about epoch 900",
  },
];
