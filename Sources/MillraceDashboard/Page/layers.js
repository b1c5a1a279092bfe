// Places the vertices of a graph in layers, so that edges go forward: a vertex stands behind all that it needs (Sugiyama's method).
//
// An edge over several layers gets a bend in each, which takes a place of its own there, so that edges go between vertices and not through them.

/**
 * `names`: of vertices, in the order in which they are shown where nothing else says one. `edges`: pairs of names; those that
 * would close a circle are laid backwards.
 * Gives `{layers: [[{name?, edge?}]], routes: Map(edge → places)}`, each place with its `layer` and `row`.
 */
export function layOut(names, edges) {
  const number = new Map(names.map((name, index) => [name, index]));
  const known = edges.filter(edge => number.has(edge.from) && number.has(edge.to) && edge.from !== edge.to);
  const forward = orient(names, known);
  const depth = depths(names, forward);
  const layers = [];
  const places = new Map();
  const put = (place, layer) => {
    layers[layer] ??= [];
    place.layer = layer;
    place.above = [];
    place.below = [];
    layers[layer].push(place);
    return place;
  };
  for (const name of names) places.set(name, put({ name, order: number.get(name) }, depth.get(name)));
  const routes = new Map();
  for (const { edge, from, to, turned } of forward) {
    const route = [places.get(from)];
    for (let layer = depth.get(from) + 1; layer < depth.get(to); layer += 1) {
      route.push(put({ edge, order: (number.get(from) + number.get(to)) / 2 }, layer));
    }
    route.push(places.get(to));
    for (let index = 1; index < route.length; index += 1) {
      route[index].above.push(route[index - 1]);
      route[index - 1].below.push(route[index]);
    }
    routes.set(edge, turned ? [...route].reverse() : route);
  }
  for (const layer of layers) layer.sort((a, b) => a.order - b.order);
  order(layers);
  align(layers);
  return { layers, routes, places };
}

/** Turns the edges round that would close a circle (a status that is entered again), found depth first. */
function orient(names, edges) {
  const out = new Map(names.map(name => [name, []]));
  for (const edge of edges) out.get(edge.from).push(edge);
  const state = new Map();
  const turned = new Set();
  for (const start of names) {
    if (state.has(start)) continue;
    const stack = [[start, 0]];
    state.set(start, "open");
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const edge = out.get(top[0])[top[1]];
      top[1] += 1;
      if (!edge) {
        state.set(top[0], "done");
        stack.pop();
      } else if (state.get(edge.to) === "open") {
        turned.add(edge);
      } else if (!state.has(edge.to)) {
        state.set(edge.to, "open");
        stack.push([edge.to, 0]);
      }
    }
  }
  return edges.map(edge => turned.has(edge)
    ? { edge, from: edge.to, to: edge.from, turned: true }
    : { edge, from: edge.from, to: edge.to, turned: false });
}

/** The longest way to each vertex. */
function depths(names, edges) {
  const depth = new Map(names.map(name => [name, 0]));
  const missing = new Map(names.map(name => [name, 0]));
  const out = new Map(names.map(name => [name, []]));
  for (const { from, to } of edges) {
    out.get(from).push(to);
    missing.set(to, missing.get(to) + 1);
  }
  const ready = names.filter(name => missing.get(name) === 0);
  while (ready.length > 0) {
    const name = ready.pop();
    for (const next of out.get(name)) {
      depth.set(next, Math.max(depth.get(next), depth.get(name) + 1));
      missing.set(next, missing.get(next) - 1);
      if (missing.get(next) === 0) ready.push(next);
    }
  }
  return depth;
}

/** Sorts each layer by where its neighbours stand, down and up again: fewer edges cross. */
function order(layers) {
  const mean = (place, side) => side(place).length === 0
    ? place.row
    : side(place).reduce((sum, other) => sum + other.row, 0) / side(place).length;
  const number = layer => layer.forEach((place, row) => { place.row = row; });
  layers.forEach(number);
  for (let sweep = 0; sweep < 6; sweep += 1) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : [...layers].reverse()) {
      const weight = new Map(layer.map(place => [place, mean(place, p => down ? p.above : p.below)]));
      layer.sort((a, b) => weight.get(a) - weight.get(b) || a.row - b.row);
      number(layer);
    }
  }
}

/** Gives rows their final numbers, fractions too: close to the neighbours, never closer than 1 to each other. */
function align(layers) {
  const most = Math.max(...layers.map(layer => layer.length), 1);
  for (const layer of layers) layer.forEach(place => { place.row += (most - layer.length) / 2; });
  for (let sweep = 0; sweep < 8; sweep += 1) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : [...layers].reverse()) {
      const wanted = layer.map(place => {
        const near = down ? place.above : place.below;
        return near.length === 0 ? place.row : near.reduce((sum, other) => sum + other.row, 0) / near.length;
      });
      spread(layer, wanted);
    }
  }
  const least = Math.min(...layers.flat().map(place => place.row), Infinity);
  for (const place of layers.flat()) place.row -= least;
}

/** The closest to what is wanted, in mean, that keeps the order and the distance: neighbours that want the same move as one block. */
function spread(layer, wanted) {
  const blocks = [];
  wanted.forEach((want, index) => {
    let block = { sum: want - index, size: 1 };
    while (blocks.length > 0 && blocks.at(-1).sum / blocks.at(-1).size >= block.sum / block.size) {
      const last = blocks.pop();
      block = { sum: last.sum + block.sum, size: last.size + block.size };
    }
    blocks.push(block);
  });
  let index = 0;
  for (const { sum, size } of blocks) {
    for (let count = 0; count < size; count += 1, index += 1) layer[index].row = sum / size + index;
  }
}
