// The engine of a site without a server: a worker, one question at a time, ended if it takes too long.

import { use } from "./engine.js";
import { $ } from "./dom.js";
import { t } from "./words.js";

const PATIENCE = 30_000; // milliseconds of one answer
const REST = 3_000; // milliseconds before a memory is made for the next start

let worker = null;
let count = 0;
const waiting = [];
let running = null;

function launch(told) {
  worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  return new Promise((done, fail) => {
    worker.onmessage = ({ data }) => {
      if (data.progress !== undefined) told(data);
      else if (data.begins) document.body.dataset.begins = data.begins;
      else if (data.ready) done();
      else if (data.id === undefined) fail(new Error(data.failed));
      else settle(data);
    };
    worker.onerror = (event) => fail(new Error(event.message || "The worker cannot be started."));
  });
}

const fault = (kind, sentence) => ({ error: { kind, field: null, at: null, sentence } });

function settle({ id, text, failed }) {
  if (!running || running.id !== id) return;
  clearTimeout(running.timer);
  running.done(text ? JSON.parse(text) : fault("internal", t("ended", { error: failed })));
  running = null;
  next();
}

function next() {
  if (running) return;
  const job = waiting.shift();
  if (!job) return;
  running = job;
  job.timer = setTimeout(() => end(job), PATIENCE);
  worker.postMessage({ id: job.id, request: job.request });
}

// What takes too long is ended with its worker; another takes its place.
function end(job) {
  worker.terminate();
  running = null;
  job.done(fault("limit", t("too.long", { seconds: PATIENCE / 1000 })));
  launch(() => {}).then(next);
}

function asked(request, signal) {
  return new Promise((done, fail) => {
    const job = { id: (count += 1), request, done };
    signal.addEventListener("abort", () => {
      const at = waiting.indexOf(job);
      if (at < 0) return;
      waiting.splice(at, 1);
      fail(new DOMException("given up", "AbortError"));
    });
    waiting.push(job);
    next();
  });
}

// So that the second visit needs no network; the page waits for it a little, and runs without it.
async function keep() {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("sw.js");
    if (navigator.serviceWorker.controller) return;
    await Promise.race([
      new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true })),
      new Promise((done) => setTimeout(done, 3000)),
    ]);
  } catch { /* a place without a secure origin keeps nothing */ }
}

// A memory for the next start, made beside what is asked of this one. It takes some hundred megabytes
// for some seconds, so that a small device is left alone.
function remember() {
  if (!("caches" in window) || (navigator.deviceMemory ?? 8) < 4) return;
  const maker = new Worker(new URL("worker.js", import.meta.url), { type: "module", name: "memory" });
  maker.onmessage = ({ data }) => { if (data.kept || data.failed) maker.terminate(); };
  maker.onerror = () => maker.terminate();
}

export async function start() {
  const told = ({ progress, stage }) => {
    $("progress").hidden = false;
    $("progress-bar").value = progress;
    $("progress-text").textContent = t(stage);
  };
  told({ progress: 0, stage: "starting" });
  await keep();
  try {
    await launch(told);
  } catch (error) {
    $("progress-text").textContent = t("starting.failed", { error: error.message });
    $("progress-bar").hidden = true;
    throw error;
  }
  $("progress").hidden = true;
  use(asked);
  setTimeout(remember, REST);
}
