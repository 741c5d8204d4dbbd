// A network of one hidden layer with two outputs: what to do next, and which words to say beside it. The
// products of matrices are ml-matrix's; a framework that finds gradients by itself is much larger, and
// saves the few lines of `backward`.

import { Matrix } from "ml-matrix";
import { type Random, sample } from "../src/statistics/random.ts";
import type { Training } from "./settings.ts";

export interface Shape {
  readonly features: number;
  readonly hidden: number;
  readonly actions: number;
  readonly words: number;
}

/** What was seen, and what was done then. */
export interface Example {
  readonly features: readonly number[];
  /** Actions that there were. */
  readonly allowed: readonly boolean[];
  readonly action: number;
  /** Words that were said; empty: nothing is learned of words. */
  readonly words: readonly number[];
}

export interface Network {
  readonly parameters: number;
  /** Probabilities; an action that is not allowed has 0. */
  see(given: Pick<Example, "features" | "allowed">): {
    readonly actions: readonly number[];
    readonly words: readonly number[];
  };
  /** Cross-entropy, by Adam in batches. Resolves with the mean loss of each epoch. */
  train(examples: readonly Example[], training: Training, random: Random): readonly number[];
  copy(): Network;
}

/** From a random start: weights are normal, with a variance of 1 / inputs. */
export function createNetwork(shape: Shape, random: Random): Network {
  const { features, hidden, actions, words } = shape;
  const weights = (inputs: number, outputs: number) =>
    Matrix.zeros(inputs, outputs).apply(function draw(this: Matrix, i, j) {
      this.set(i, j, normal(random) / Math.sqrt(inputs));
    });
  return networkOf({
    input: weights(features, hidden),
    inputBias: Matrix.zeros(1, hidden),
    action: weights(hidden, actions),
    actionBias: Matrix.zeros(1, actions),
    word: weights(hidden, words),
    wordBias: Matrix.zeros(1, words),
  });
}

const layerNames = ["input", "inputBias", "action", "actionBias", "word", "wordBias"] as const;
type Layers = Readonly<Record<(typeof layerNames)[number], Matrix>>;

function networkOf(layers: Layers): Network {
  return {
    parameters: layerNames.reduce((sum, name) => sum + layers[name].size, 0),
    see({ features, allowed }) {
      const seen = forward(layers, new Matrix([[...features]]), [allowed]);
      return { actions: seen.actions.getRow(0), words: seen.words.getRow(0) };
    },
    train(examples, { epochs, batch, rate }, random) {
      const step = createAdam(layers, rate);
      return Array.from({ length: epochs }, () => {
        const shuffled = sample(random, examples, examples.length);
        let loss = 0;
        for (let at = 0; at < shuffled.length; at += batch) {
          const { gradients, sum } = backward(layers, shuffled.slice(at, at + batch));
          step(gradients);
          loss += sum;
        }
        return loss / examples.length;
      });
    },
    copy: () => networkOf(mapLayers((name) => layers[name].clone())),
  };
}

function mapLayers(make: (name: keyof Layers) => Matrix): Layers {
  return {
    input: make("input"),
    inputBias: make("inputBias"),
    action: make("action"),
    actionBias: make("actionBias"),
    word: make("word"),
    wordBias: make("wordBias"),
  };
}

function forward(layers: Layers, seen: Matrix, allowed: readonly (readonly boolean[])[]) {
  const hidden = seen.mmul(layers.input).addRowVector(layers.inputBias).tanh();
  const actions = hidden.mmul(layers.action).addRowVector(layers.actionBias);
  const words = hidden.mmul(layers.word).addRowVector(layers.wordBias);
  return {
    hidden,
    actions: softmax(actions, (row, column) => allowed[row]?.[column] === true),
    words: softmax(words, () => true),
  };
}

/** By row, over the columns that there are; in place. */
function softmax(logits: Matrix, there: (row: number, column: number) => boolean): Matrix {
  const tops = Array.from({ length: logits.rows }, (_, row) =>
    Math.max(...logits.getRow(row).filter((_, column) => there(row, column))),
  );
  logits.apply(function exponential(this: Matrix, i, j) {
    this.set(i, j, there(i, j) ? Math.exp(this.get(i, j) - (tops[i] ?? 0)) : 0);
  });
  return logits.divColumnVector(column(logits.sum("row")));
}

/** Of the mean loss over the batch; `sum` is the loss of all of it. */
function backward(layers: Layers, batch: readonly Example[]) {
  const seen = new Matrix(batch.map(({ features }) => [...features]));
  const allowed = batch.map((example) => example.allowed);
  const { hidden, actions, words } = forward(layers, seen, allowed);
  let sum = 0;
  // By softmax and cross-entropy the gradient is what was likely, less what was done.
  const byAction = actions.clone();
  const byWord = words
    .clone()
    .mulColumnVector(column(batch.map((example) => example.words.length)));
  for (const [row, { action, words: said }] of batch.entries()) {
    sum -= Math.log(actions.get(row, action));
    byAction.set(row, action, byAction.get(row, action) - 1);
    for (const word of said) {
      sum -= Math.log(words.get(row, word));
      byWord.set(row, word, byWord.get(row, word) - 1);
    }
  }
  byAction.div(batch.length);
  byWord.div(batch.length);
  const slope = Matrix.ones(hidden.rows, hidden.columns).sub(hidden.clone().mul(hidden));
  const byHidden = byAction
    .mmul(layers.action.transpose())
    .add(byWord.mmul(layers.word.transpose()))
    .mul(slope);
  const gradients: Layers = {
    input: seen.transpose().mmul(byHidden),
    inputBias: Matrix.rowVector(byHidden.sum("column")),
    action: hidden.transpose().mmul(byAction),
    actionBias: Matrix.rowVector(byAction.sum("column")),
    word: hidden.transpose().mmul(byWord),
    wordBias: Matrix.rowVector(byWord.sum("column")),
  };
  return { gradients, sum };
}

function column(values: readonly number[]): Matrix {
  return Matrix.columnVector([...values]);
}

/** Kingma and Ba, arXiv 1412.6980, algorithm 1, with the usual constants. */
function createAdam(layers: Layers, rate: number): (gradients: Layers) => void {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
  const zeros = () => mapLayers((name) => Matrix.zeros(layers[name].rows, layers[name].columns));
  const [means, squares] = [zeros(), zeros()];
  let steps = 0;
  return function step(gradients) {
    steps += 1;
    const scale = (rate * Math.sqrt(1 - beta2 ** steps)) / (1 - beta1 ** steps);
    for (const name of layerNames) {
      const [layer, mean, square, by] = [layers[name], means[name], squares[name], gradients[name]];
      mean.mul(beta1).add(by.clone().mul(1 - beta1));
      square.mul(beta2).add(
        by
          .clone()
          .mul(by)
          .mul(1 - beta2),
      );
      layer.sub(mean.clone().mul(scale).div(square.clone().sqrt().add(epsilon)));
    }
  };
}

/** Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
