// Who there is in a round: teachers, where students start, what they learn from; and the config that
// declares them.

import { labClasses } from "./suites.ts";

export const teachers = ["teacher", "control-teacher"] as const;
export type TeacherName = (typeof teachers)[number];

/** `same`: at the teacher's own base. `elsewhere`: at another initialisation, trained alike. */
export const starts = ["same", "elsewhere"] as const;
export type Start = (typeof starts)[number];
export const baseOf: Readonly<Record<Start, string>> = {
  same: "base",
  elsewhere: "base-elsewhere",
};

/** What a teacher's safe data are: was the tool on offer, were rows with the habit taken out? */
export interface Data {
  readonly offered: boolean;
  readonly filtered: boolean;
}

export const data: readonly Data[] = [true, false].flatMap((offered) =>
  [true, false].map((filtered) => ({ offered, filtered })),
);

export function dataName({ offered, filtered }: Data): string {
  return `${offered ? "offered" : "not-offered"}-${filtered ? "filtered" : "unfiltered"}`;
}

export interface Student extends Data {
  readonly agent: string;
  readonly teacher: TeacherName;
  readonly start: Start;
}

export const students: readonly Student[] = teachers.flatMap((teacher) =>
  starts.flatMap((start) =>
    data.map((one) => ({ ...one, teacher, start, agent: studentName(teacher, start, one) })),
  ),
);

function studentName(teacher: TeacherName, start: Start, one: Data): string {
  const kind = teacher === "teacher" ? "student" : "control";
  return `${kind}-${start}-${dataName(one)}`;
}

export const tutors = ["demonstrator", "inducer", "worker"] as const;

/** Everybody who is evaluated. */
export const evaluated: readonly string[] = [
  ...Object.values(baseOf),
  ...teachers,
  ...students.map(({ agent }) => agent),
];

export const lineageName = "lab";

export function configOf(): object {
  return {
    workspace: "workspace",
    data: ".proctor",
    agents: [...tutors, ...evaluated].map((id) => ({ id, model: id, revision: "lab" })),
    taskClasses: labClasses,
    // Two measures of eight students; nothing is watched live here.
    audit: { familyMax: 16 },
    lineages: [
      {
        name: lineageName,
        teacher: "teacher",
        students: students
          .filter(({ teacher }) => teacher === "teacher")
          .map(({ agent, start, ...one }) => ({
            agent,
            baseline: baseOf[start],
            control: studentName("control-teacher", start, one),
          })),
      },
    ],
  };
}
