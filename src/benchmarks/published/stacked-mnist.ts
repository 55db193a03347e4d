/** @file Published rows of Stacked MNIST, by protocol: figures of different protocols may not be compared. */

import { figure, type PublishedFigure, type PublishedRow } from "./published.ts";

const VEEGAN = "VEEGAN (Srivastava et al., 2017), its table (akashgit/VEEGAN, tab.png)";
const table = (n: number) =>
  `PacGAN (Lin et al., 2018), table ${n} (fjxmlzn/PacGAN, stacked_MNIST_experiments/results/Table${n}.png)`;
const R3GAN = "R3GAN (Huang et al., 2024), table 1, as smolix/d2l-neu quotes it";

const row = (
  method: string,
  modes: PublishedFigure,
  kl: PublishedFigure,
  source: string,
  more: Pick<PublishedRow, "secondHand" | "remark"> = {},
): PublishedRow => ({ method, figures: { "stacked-modes": modes, "stacked-modes/kl": kl }, source, ...more });

const OTHER = { secondHand: true, remark: "a small residual network and another protocol" } as const;

/** VEEGAN's protocol: 26,000 samples, DCGAN. */
export const veeganRows: readonly PublishedRow[] = [
  row("DCGAN (VEEGAN's)", figure(99), figure(3.4), VEEGAN),
  row("ALI (VEEGAN's)", figure(16), figure(5.4), VEEGAN),
  row("Unrolled GAN (VEEGAN's)", figure(48.7), figure(4.32), VEEGAN),
  row("VEEGAN", figure(150), figure(2.95), VEEGAN),
  row("DCGAN (PacGAN's)", figure(78.9, 6.5), figure(4.5, 0.13), table(2)),
  row("PacDCGAN2", figure(1000), figure(0.06), table(2)),
  row("PacDCGAN3", figure(1000), figure(0.06), table(2)),
  row("PacDCGAN4", figure(1000), figure(0.07), table(2)),
  row("GAN + R1 + R2", figure(693), figure(0.927), R3GAN, OTHER),
  row("relativistic + R1 + R2", figure(1000), figure(0.0781), R3GAN, OTHER),
];

/** Unrolled GAN's protocol, the discriminator a quarter as wide as the generator: 25,600 samples. */
export const quarterRows: readonly PublishedRow[] = [
  row("DCGAN (Unrolled's)", figure(30.6, 20.7), figure(5.99), table(3)),
  row("DCGAN (PacGAN's)", figure(78.5, 17.6), figure(5.21), table(3)),
  row("Unrolled GAN, 1 step", figure(65.4), figure(5.91), table(3)),
  row("Unrolled GAN, 5 steps", figure(236.4), figure(4.67), table(3)),
  row("Unrolled GAN, 10 steps", figure(327.2), figure(4.66), table(3)),
  row("PacDCGAN2", figure(484.5), figure(2.61), table(3)),
  row("PacDCGAN3", figure(601.3), figure(2.0), table(3)),
  row("PacDCGAN4", figure(667.4), figure(1.81), table(3)),
];

/** The same with one half as wide. */
export const halfRows: readonly PublishedRow[] = [
  row("DCGAN (Unrolled's)", figure(628, 141), figure(2.58), table(3)),
  row("DCGAN (PacGAN's)", figure(487.7, 34.6), figure(2.24), table(3)),
  row("Unrolled GAN, 1 step", figure(523.6), figure(2.44), table(3)),
  row("Unrolled GAN, 5 steps", figure(732), figure(1.66), table(3)),
  row("Unrolled GAN, 10 steps", figure(817.4), figure(1.43), table(3)),
  row("PacDCGAN2", figure(840.7), figure(1.0), table(3)),
  row("PacDCGAN3", figure(866.6), figure(0.9), table(3)),
  row("PacDCGAN4", figure(820.2), figure(1.15), table(3)),
];
