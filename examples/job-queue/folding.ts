import type { SinkFunction } from 'signalbox';
import type { Screen } from './screen.js';
import type { Story } from './stories.js';
import type { Told } from './told.js';
import { toldOf } from './told.js';
import { clipped, columnsOf } from './wrap.js';

/** What a folded view is made with. */
export interface FoldingOptions {
  readonly screen: Screen;
  readonly stories: readonly Story[];
  /** When the run began, in epoch milliseconds: lines have the time since then. */
  readonly began: number;
}

const TIME_COLUMNS = 8;
const EVENT_COLUMNS = 13;
const LONG_EVENT_COLUMNS = 17;
/** Below this a line has no room for the job's type. */
const ROOMY_COLUMNS = 80;
/** Ids that engines give can be long. */
const ID_COLUMNS = 10;

/** Shows a run at a terminal: the jobs of the stories, and what is at least a warning, a line each. It counts the other lines. */
export class Folding {
  readonly #screen: Screen;
  readonly #stories: readonly Story[];
  readonly #began: number;
  /** By the id that the engine gives the job. */
  readonly #watched: Map<string, Story>;
  #shown = 0;
  #folded = 0;

  constructor({ screen, stories, began }: FoldingOptions) {
    this.#screen = screen;
    this.#stories = stories;
    this.#began = began;
    this.#watched = new Map(stories.map((story) => [story.id, story]));
  }

  /** The destination whose lines are folded. */
  readonly sink: SinkFunction = (emission) => this.tell(toldOf(emission));

  /** Shows an emission, here or of another process, or counts it. */
  readonly tell = (told: Told): void => {
    const story = told.job === undefined ? undefined : this.#watched.get(told.job);
    if (story === undefined && told.isRoutine) {
      this.#folded++;
      this.#screen.fold();
      return;
    }
    this.#shown++;
    this.#screen.line(this.#line(told, story));
  };

  /** The engine has given the plan's job this id. */
  readonly follow = (planned: string, id: string): void => {
    const story = this.#stories.find((each) => each.id === planned);
    if (story !== undefined) this.#watched.set(id, story);
  };

  /** Says which jobs to watch, and from when times count. */
  introduce(): void {
    const { paint } = this.#screen;
    const clock = new Date(this.#began).toTimeString().slice(0, 8);
    this.#screen.say(`The run begins at ${clock}; times count from there.`);
    this.#screen.say('Watch these jobs; routine lines of the others are folded:');
    const [ids, types] = [widest(this.#stories, 'id'), widest(this.#stories, 'type')];
    for (const story of this.#stories)
      this.#screen.line(
        `${this.#mark(story)} ${paint.bold(story.id.padEnd(ids))}  ${story.type.padEnd(types)}  ${story.plot}`,
      );
    this.#screen.line('');
  }

  /** Says how many lines were shown and folded. */
  account(): void {
    const [shown, folded] = [this.#shown, this.#folded].map((n) => n.toLocaleString('en'));
    const all = (this.#shown + this.#folded).toLocaleString('en');
    this.#screen.say(
      this.#screen.paint.dim(`${all} lines: ${shown} shown, ${folded} folded (--verbose shows all).`),
    );
  }

  #line({ at, severity, event, job, type, words }: Told, story: Story | undefined): string {
    const { paint } = this.#screen;
    const isRoomy = paint.columns >= ROOMY_COLUMNS;
    const since = `${(Math.max(0, at - this.#began) / 1000).toFixed(2)} s`.padStart(TIME_COLUMNS);
    const what = column(event, isRoomy ? LONG_EVENT_COLUMNS : EVENT_COLUMNS);
    const id = story?.id ?? clipped(job ?? '', ID_COLUMNS);
    const kind = isRoomy ? ` ${(type ?? '').padEnd(widest(this.#stories, 'type'))}` : '';
    // Later jobs have a digit more.
    const who = id.padEnd(widest(this.#stories, 'id') + 1) + kind;
    const colour = severity === 'info' ? paint.green : severity === 'warn' ? paint.yellow : paint.red;
    const begun = `${this.#mark(story)} ${paint.dim(since)}  ${colour(what)}  ${who}  `;
    return begun + fitting(words, paint.columns - columnsOf(begun));
  }

  #mark(story: Story | undefined): string {
    if (story === undefined) return ' ';
    const { red, yellow, cyan } = this.#screen.paint;
    return { dead: red, retried: yellow, slow: cyan }[story.kind]('●');
  }
}

function widest(stories: readonly Story[], of: 'id' | 'type'): number {
  return Math.max(0, ...stories.map((story) => story[of].length));
}

/** As many words as there is room for, whole; but the first one always, for the screen to clip. */
function fitting(words: readonly string[], columns: number): string {
  let text = words[0] ?? '';
  for (const word of words.slice(1)) {
    if (text.length + 2 + word.length > columns) break;
    text += `, ${word}`;
  }
  return text;
}

function column(text: string, columns: number): string {
  return clipped(text, columns).padEnd(columns);
}
