// Tools of which little more is known than that they run the project, by what they are for.

import { each, looks, runsProject } from "../../cli.ts";
import { leadingText } from "../../options.ts";
import { type FamilyRow, program } from "../../tool.ts";
import { sourceOf } from "../../unseen.ts";
import { cleans, projectTool, runner } from "./project.ts";

/** The console of a language: a program in a file or on standard input, which is not read. */
const languageConsole = program((act) => {
  const found = sourceOf(
    act,
    act.args.find((word) => !leadingText(word).startsWith("-")),
  );
  if (found.kind === "text") act.unknown(`${act.invocation.program} runs a program of its own`);
  return undefined;
});

export const runnerRows: readonly FamilyRow[] = [
  // Builds
  [
    "ant sbt mill bazel bazelisk buck buck2 pants lein boot scons waf rake thor invoke inv fab nox tox",
    projectTool([["clean", each(runsProject, cleans("."))]], "--dry-run --list"),
  ],
  // Tasks
  [
    "just task mage doit grunt gulp jake nx turbo lerna rush moon wireit earthly dagger act",
    projectTool([], "--dry-run --list -l --summary --evaluate"),
  ],
  // Tests
  [
    "pytest py.test jest vitest mocha ava tap c8 nyc karma cypress playwright rspec minitest phpunit pest codecept behat ginkgo gotestsum unittest nose2 nosetests behave robot lit bats shellspec cucumber stryker bun-test coverage",
    runner("--collect-only --listTests"),
  ],
  // Compilers, bundlers and servers of the web
  [
    "tsc tsgo webpack vite rollup esbuild parcel rspack swc babel tsup microbundle next nuxt astro svelte-kit ng vue-cli-service react-scripts gatsby remix expo storybook eleventy hugo jekyll mkdocs sphinx-build docusaurus typedoc jsdoc electron-builder wrangler webpack-dev-server nodemon concurrently npm-run-all run-s run-p wait-on start-server-and-test pm2 serve http-server live-server json-server",
    runner("--noEmit --showConfig"),
  ],
  // Checkers: they read the files, and settings, which may be code
  [
    "mypy pyright basedpyright flake8 pylint bandit pyflakes pycodestyle pydocstyle vulture radon xenon shellcheck hadolint yamllint jsonlint markdownlint-cli2 golangci-lint staticcheck govulncheck cppcheck clang-tidy detekt checkstyle spotbugs phpstan psalm semgrep trivy gitleaks trufflehog actionlint tflint ajv dependency-cruiser madge depcheck knip publint attw size-limit commitlint license-checker npm-check syncpack snyk codespell cspell alex write-good vale lychee zizmor taplo-lint",
    runner(),
  ],
  // Frameworks, servers, and the tools of other languages
  [
    "jupyter ipython notebook flask django-admin uvicorn gunicorn celery alembic streamlit gradio scrapy rails rackup puma sidekiq unicorn mix rebar3 stack cabal dune opam swift xcodebuild xcrun fastlane pod flutter dart composer symfony artisan drush wp sqlx diesel prisma drizzle-kit typeorm sequelize knex",
    projectTool([["--version", looks]], "--dry-run"),
  ],
  ["irb pry ghci-console jshell-console", languageConsole],
];
