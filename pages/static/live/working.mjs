// A page's worker: started, told what to load, and listened to; and what all pages with one have in common.
import { Stage } from './stage.mjs';

export const OLD = 'This browser is too old for this page: use Chrome, Edge or Firefox of 2023 or later, or Safari 16.4.';

/** Starts a worker and has it load files, which are addresses below the app's, or contents; null in a browser that has none.
 * `heard(message)` gets what it says, `failed(sentence)` is called when it cannot go on. */
export function openWorker(data, script, { files, heard, failed }) {
  let worker;
  try {
    worker = data.demo?.worker() ?? new Worker(new URL(script, import.meta.url), { type: 'module' });
  } catch {
    failed(OLD);
    return null;
  }
  worker.onerror = () => failed(OLD);
  worker.onmessage = (event) => heard(event.data);
  const absolute = (path) => (typeof path === 'string' ? new URL(path, document.baseURI).href : path);
  const whole = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, absolute(file)]));
  worker.postMessage({ type: 'load', files: whole });
  return worker;
}

/** A page whose frames a worker answers. What extends it has a `feed`, `_MESSAGE(data)` for each message of the worker, and says
 * `begin` before other files are loaded. */
export class Answered {
  constructor(parent, data, script) {
    Object.assign(this, { data, script });
    this.root = parent.querySelector('.live');
    this.find = (selector) => this.root.querySelector(selector);
    this.stage = new Stage(this.find('.stage'));
    this.left = () => {
      this.worker?.terminate();
      delete parent.live;
    };
  }

  /** Asks another network from now on; the picture goes on. */
  load(files) {
    const given = JSON.stringify(files);
    if (this.given === given) return;
    this.given = given;
    this.worker?.terminate();
    this.feed.answered(false);
    this.begin();
    this.root.dataset.state = 'loading';
    this.feed.say('The network is being loaded …');
    this.worker = openWorker(this.data, this.script, {
      files,
      heard: (data) => this[`_${data.type}`](data),
      failed: (sentence) => this._failed({ sentence }),
    });
  }

  begin() {}

  end() {
    this.feed.end();
  }

  /** The network is there. */
  run() {
    this.root.dataset.state = 'running';
    this.feed.say('');
    this.feed.answered(true);
  }

  _failed({ sentence }) {
    this.root.dataset.state = 'failed';
    this.feed.answered(false);
    this.feed.say(sentence);
  }
}
