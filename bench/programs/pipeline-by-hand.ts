// The five steps of `pipeline.flow.yaml` as somebody writes them who knows what is fast, with messages of the same shape.
import { drive, type Incoming } from "./drive.ts";

interface Message<Payload> {
  readonly id: string;
  readonly time: number;
  readonly topic: string;
  readonly payload: Payload;
  readonly source: undefined;
}

type Reading = Message<Incoming["payload"] & { readonly fahrenheit: number }>;
type Alert = Message<{ readonly text: string; readonly level: number }>;

// Kept, so that V8 makes the messages: what nobody can see it leaves out.
const kept: { reading?: Reading; alert?: Alert; hot: number; warm: number; level: number } = {
  hot: 0,
  warm: 0,
  level: 0,
};

function receive({ id, time, topic, payload, source }: Incoming): void {
  const { celsius, door } = payload;
  if (celsius <= -40) return;
  const reading: Reading = {
    id,
    time,
    topic,
    payload: { celsius, door, fahrenheit: celsius * 1.8 + 32 },
    source,
  };
  kept.reading = reading;
  if (reading.payload.celsius > 30) kept.hot++;
  else if (reading.payload.celsius > 8) kept.warm++;
  else return;
  sink({
    id: reading.id,
    time: reading.time,
    topic: reading.topic,
    payload: { text: `Fridge at ${reading.payload.celsius}`, level: reading.payload.fahrenheit > 50 ? 2 : 1 },
    source: reading.source,
  });
}

function sink(alert: Alert): void {
  kept.alert = alert;
  kept.level += alert.payload.level;
}

console.log(await drive(receive, Number(process.argv[2])));
