// The whole state stands in the address: a link is a derivation.

export const USUAL = {
  tab: "derive",
  model: "neuron", activation: "sigmoid", loss: "quadratic", inputs: "1", constants: "",
  lines: "z = w*x + b\nyhat = sigmoid(z)\nC = (y - yhat)^2/2", parameters: "w, b", shapes: "",
  sizes: "2, 3, 1", notation: "plain", detail: "textbook", style: "usual", order: "1",
  language: "en",
  at: "", rate: "0.05",
  optimizers: "sgd(0.5)\nadam(0.1)", epochs: "100", samples: "one",
  text: "C = (y - w*x)^2/2\ndC/dw = (y - w*x)*x\n= x*(w*x - y)", kind: "txt", given: "",
  difficulty: "own", seed: "1", moves: "",
};

export const TABS = ["derive", "numbers", "descend", "check", "practise"];
const LONGEST = 60_000; // characters of an address

// #derive?activation=tanh → the fields that are not as usual.
export function read(hash) {
  const [tab, query = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  const state = { ...USUAL };
  if (TABS.includes(tab)) state.tab = tab;
  for (const [name, value] of new URLSearchParams(query.slice(0, LONGEST))) {
    if (name in USUAL && name !== "tab") state[name] = value;
  }
  return state;
}

export function write(state) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    if (name !== "tab" && name in USUAL && value !== USUAL[name]) query.set(name, value);
  }
  const text = query.toString();
  return text ? `#${state.tab}?${text}` : `#${state.tab}`;
}

const OF_MODEL = {
  neuron: ["activation", "loss", "inputs", "constants"],
  lines: ["lines", "parameters", "shapes", "constants"],
  layers: ["sizes", "activation", "loss"],
};

// What describes the model in a request.
export function model(state) {
  const kind = state.model in OF_MODEL ? state.model : "neuron";
  const found = { model: kind, notation: state.notation, language: state.language };
  for (const name of OF_MODEL[kind]) found[name] = state[name];
  if ("inputs" in found) found.inputs = Number(found.inputs) || 1;
  return found;
}

export const told = (state) => ({
  order: Number(state.order) || 1, detail: state.detail, style: state.style,
});

// "w=0.5,x=[1,2]" ↔ {w: 0.5, x: [1, 2]}; what does not read is left out.
export function point(text) {
  const found = {};
  for (const part of text.split(";")) {
    const at = part.indexOf("=");
    if (at < 1) continue;
    try {
      const value = JSON.parse(part.slice(at + 1));
      if (typeof value === "number" || Array.isArray(value)) found[part.slice(0, at).trim()] = value;
    } catch { /* half typed */ }
  }
  return found;
}

export const pointText = (values) =>
  Object.entries(values).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(";");
