// A classifier on a frozen network: softmax on its pooled features, learned in the page by full-batch gradient descent. The same
// faces give the same head: it begins at nothing and draws no lots.

/** How much the faces weigh against keeping the weights small: scikit-learn's LogisticRegression(C=3) on the same scale. */
const C = 3;
const MOST_STEPS = 2000, ENOUGH = 1e-7;

/** Learns from features (an array of Float32Array, one a face) and their classes as numbers: {weights: one Float32Array a class,
 * bias}, whose logits are weights * features + bias. */
export function learned(features, labels, count) {
  const { means, scales } = scaling(features);
  const faces = features.length;
  const rows = features.map((row) => row.map((value, place) => (value - means[place]) * scales[place]));
  const gram = Array.from({ length: faces }, () => new Float64Array(faces));
  for (let one = 0; one < faces; one++) {
    for (let other = 0; other <= one; other++) gram[one][other] = gram[other][one] = dot(rows[one], rows[other]);
  }
  const { shares, bias } = descended(gram, labels, count);
  // The weights are sums of the faces, since descent from nothing never leaves them; scaling is taken into them.
  const weights = Array.from({ length: count }, (_, label) => {
    const sum = new Float32Array(means.length);
    rows.forEach((row, face) => row.forEach((value, place) => { sum[place] += shares[label][face] * value; }));
    return sum.map((value, place) => value * scales[place]);
  });
  return { weights, bias: weights.map((own, label) => bias[label] - dot(own, means)) };
}

/** Means of the features, and what they are multiplied with: so that each varies alike, and a face has a length of about 1. */
function scaling(features) {
  const width = features[0].length;
  const means = new Float32Array(width), scales = new Float32Array(width);
  for (let place = 0; place < width; place++) {
    let sum = 0, squares = 0;
    for (const row of features) sum += row[place];
    means[place] = sum / features.length;
    for (const row of features) squares += (row[place] - means[place]) ** 2;
    const deviation = Math.sqrt(squares / features.length);
    scales[place] = deviation > 1e-6 ? 1 / (deviation * Math.sqrt(width)) : 0;
  }
  return { means, scales };
}

/** Shares of each face in each class's weights, and the biases, where the loss is least: gradient descent with Nesterov's
 * momentum, begun again whenever it would climb (O'Donoghue and Candes 2015). */
function descended(gram, labels, count) {
  const faces = labels.length, decay = 1 / (C * faces);
  const trace = gram.reduce((sum, row, place) => sum + row[place], 0);
  const step = 1 / (0.5 * (trace / faces + 1) + decay);
  const blank = () => Array.from({ length: count }, () => new Float64Array(faces));
  let [shares, bias] = [blank(), new Float64Array(count)];
  let [ahead, aheadBias] = [blank(), new Float64Array(count)];
  let momentum = 1;
  for (let turn = 0; turn < MOST_STEPS; turn++) {
    const { residues, spread } = gradient(gram, ahead, aheadBias, labels);
    const fresh = ahead.map((row, label) => row.map((value, face) => value - step * (residues[label][face] / faces + decay * value)));
    const freshBias = aheadBias.map((value, label) => value - step * spread[label] / faces);
    // Along the last step the loss must fall.
    let along = 0, largest = 0;
    for (let label = 0; label < count; label++) {
      const slope = aheadBias[label] - freshBias[label];
      along += slope * (freshBias[label] - bias[label]);
      largest = Math.max(largest, Math.abs(slope));
      for (let face = 0; face < faces; face++) {
        const down = ahead[label][face] - fresh[label][face];
        along += down * (fresh[label][face] - shares[label][face]);
        largest = Math.max(largest, Math.abs(down));
      }
    }
    const next = along > 0 ? 1 : (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
    const carry = along > 0 ? 0 : (momentum - 1) / next;
    ahead = fresh.map((row, label) => row.map((value, face) => value + carry * (value - shares[label][face])));
    aheadBias = freshBias.map((value, label) => value + carry * (value - bias[label]));
    [shares, bias, momentum] = [fresh, freshBias, next];
    if (largest < ENOUGH * step) break;
  }
  return { shares, bias };
}

/** What the answers are off by, for each class and face, and its sums. */
function gradient(gram, shares, bias, labels) {
  const count = shares.length;
  const residues = shares.map(() => new Float64Array(labels.length));
  const spread = new Float64Array(count), logits = new Float64Array(count);
  labels.forEach((truth, face) => {
    for (let label = 0; label < count; label++) logits[label] = dot(gram[face], shares[label]) + bias[label];
    softmax(logits).forEach((value, label) => {
      residues[label][face] = value - (label === truth ? 1 : 0);
      spread[label] += residues[label][face];
    });
  });
  return { residues, spread };
}

/** Logits of a head for a face's features. */
export function logits({ weights, bias }, features) {
  return weights.map((row, label) => dot(row, features) + bias[label]);
}

export function softmax(values) {
  const highest = Math.max(...values);
  const powers = Array.from(values, (value) => Math.exp(value - highest));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}

/** What each place of the last feature maps (channels first) adds to each class's logit: a class activation map. */
export function classMaps({ weights }, maps, places) {
  const found = new Float32Array(weights.length * places);
  weights.forEach((row, label) => row.forEach((weight, channel) => {
    for (let place = 0; place < places; place++) found[label * places + place] += weight * maps[channel * places + place] / places;
  }));
  return found;
}

/** The features of last maps: their means over the places. */
export function pooled(maps, places) {
  const features = new Float32Array(maps.length / places);
  for (let channel = 0; channel < features.length; channel++) {
    let sum = 0;
    for (let place = 0; place < places; place++) sum += maps[channel * places + place];
    features[channel] = sum / places;
  }
  return features;
}

function dot(one, other) {
  let sum = 0;
  for (let place = 0; place < one.length; place++) sum += one[place] * other[place];
  return sum;
}
