"""Documents of rules for these tests."""

PLAIN = "name: Loiterer\nseverity: high\nwhen: {in_zone: {zone: Yard, for: 5}}\n"
LONGER = PLAIN.replace("for: 5", "for: 9")
LONGEST = PLAIN.replace("for: 5", "for: 60")
ADAPTABLE = """\
name: Loiterer
tags: [yard]
parameters: {zone: Yard, seconds: 5}
when:
  in_zone: {zone: $zone, for: $seconds}
"""
NIGHT = "name: Night\nwhen: {all: [{in_zone: Yard}, {schedule: {from: '22:00', to: '05:00', holidays: included}}]}\n"
SPEEDING = "name: Speeding\nwhen: {speed: {above: 30, unit: km/h}}\n"
SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1]]
