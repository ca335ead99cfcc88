/** A workflow with two inputs and an output, for others to be made of. */
export const alarmFlow = `eddy: 1
name: Alarm

inputs:
  reading: number
  other: number
outputs:
  high: { type: number, from: check }

nodes:
  check:
    type: filter
    from: [reading, other]
    when: msg.payload > 5
`;

/** A workflow that has the alarm of a folder as a node. */
export const alarmLine = (folder: string) => `eddy: 1
name: Line

nodes:
  beat:
    type: inject
    every: 1s
    payload: "5"

  alarm:
    type: ./${folder}/alarm.flow.yaml
    from: { reading: beat }

  show:
    type: log
    from: alarm.high
`;
