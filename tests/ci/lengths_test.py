"""ci/lengths.py counts functions as a reader does, and this tree keeps to its limits. usage: lengths_test.py SOURCE_DIR"""

import pathlib
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(sys.argv.pop(1))
sys.path.insert(0, str(SOURCE / "ci"))
import lengths  # noqa: E402  (found beside the sources)

BODY = "  x();\n"


def counts(text):
    return [count for _, count in lengths.braced_functions(text)]


class Lengths(unittest.TestCase):
    def test_a_function_is_counted_from_its_signature_to_its_brace(self):
        self.assertEqual(counts("int f() {\n  return 1;\n}\n"), [3])
        self.assertEqual(counts("namespace n {\n\nint f(int a,\n      int b) {\n  return a;\n}\n\n}  // namespace n\n"), [4])
        self.assertEqual(counts("struct S {\n  void f() {\n  }\n  int x = 0;\n};\nvoid g() {\n}\n"), [2, 2])

    def test_what_is_no_function_is_not_counted(self):
        self.assertEqual(counts("const int kTable[] = {\n  1,\n  2};\nenum class E { a, b };\n"), [])
        self.assertEqual(counts("struct Row {\n  int a;\n};\nconst std::vector<Row> kRows = {\n  {1},\n};\n"), [])

    def test_braces_inside_are_part_of_it(self):
        self.assertEqual(counts('void f() {\n  for (;;) {\n    g({1, 2});\n  }\n  const auto h = [] {\n  };\n}\n'), [7])
        self.assertEqual(counts("A::A(int x)\n    : x_{x},\n      y_(x) {\n}\nvoid g() {\n}\n")[-1], 2)

    def test_words_and_comments_hold_no_braces(self):
        self.assertEqual(counts('void f() {\n  g("{", \'{\');  // {\n  /* { */\n}\nvoid h() {\n}\n'), [4, 2])
        self.assertEqual(counts('void f() {\n  g(R"({)");\n  int n = 1\'000;\n}\nvoid h() {\n}\n'), [4, 2])

    def test_too_long_is_named_with_its_place(self):
        of = lambda lines: list(lengths.problems_of("a.cpp", "\nvoid f() {\n" + BODY * lines + "}\n"))
        self.assertEqual(of(58), [])
        self.assertEqual(of(59), ["a.cpp:2: 61 lines; a function has at most 60: void f() {"])
        self.assertEqual(list(lengths.problems_of("a.sh", "x\n" * 400)), [])
        self.assertEqual(list(lengths.problems_of("a.sh", "x\n" * 401)), ["a.sh: 401 lines; a file has at most 400"])
        python = "def f():\n" + "    x()\n" * 60
        self.assertEqual(list(lengths.problems_of("a.py", python)), ["a.py:1: 61 lines; a function has at most 60: def f():"])

    def test_an_exemption_needs_its_reason(self):
        text = "{}void f() {{\n" + BODY * 70 + "}}\n"
        self.assertEqual(list(lengths.problems_of("a.h", text.format("// NOLINTNEXTLINE(readability-function-size): a table\n"))), [])
        self.assertEqual(len(list(lengths.problems_of("a.h", text.format("// NOLINTNEXTLINE(readability-function-size)\n")))), 1)

    def test_this_tree_keeps_to_them(self):
        run = subprocess.run([sys.executable, "-B", SOURCE / "ci/lengths.py", SOURCE], capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)


if __name__ == "__main__":
    unittest.main()
