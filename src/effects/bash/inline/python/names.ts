// Names of Python by what is known of them: they only compute, are modelled, or may reach anything.

import { names } from "../actions.ts";

/** Modules that only compute. */
export const computing = names(
  "abc. argparse. array. ast. base64. binascii. bisect. builtins. calendar. cmath. collections.",
  "colorsys. configparser. contextlib. copy. csv. dataclasses. datetime. decimal. difflib. dis.",
  "email. enum. errno. fnmatch. fractions. functools. getpass. graphlib. hashlib. heapq. hmac. html.",
  "importlib.metadata. importlib.resources. importlib.util.find_spec importlib.reload inspect. io.StringIO io.BytesIO",
  "ipaddress. itertools. json. keyword. locale. logging. math. mimetypes. numbers. operator. optparse.",
  "os.path. os.environ. os.get_terminal_size os.getpid os.getppid os.getuid os.geteuid os.getgid os.getlogin",
  "os.uname os.cpu_count os.urandom os.fsencode os.getloadavg os.isatty os.close os.write os.read os.fsync",
  "os.sched_getaffinity os.waitpid os.wait os.pipe os.dup os.dup2 os.times os.sync os.statvfs os.getenvb",
  "pathlib.PurePath pathlib.PurePosixPath pkgutil. platform. pprint. pwd. grp. queue. quopri. random. re. reprlib.",
  "sched. secrets. select. selectors. shlex. shutil.which shutil.disk_usage shutil.get_terminal_size signal. site.",
  "socket.gethostname socket.getfqdn statistics. stat. string. stringprep. struct. symtable. sys. sysconfig.",
  "tempfile.gettempdir textwrap. threading. time. timeit.default_timer token. tokenize. tomllib. traceback. types. typing.",
  "unicodedata. unittest.mock. urllib.parse. uuid. warnings. weakref. xml. zipfile.is_zipfile zlib. zoneinfo.",
  "asyncio.run asyncio.sleep asyncio.gather concurrent.futures. multiprocessing.cpu_count linecache.",
  // Third-party modules that one-liners look into.
  "yaml.safe_load yaml.safe_load_all yaml.dump yaml.safe_dump toml. tomli.",
  // Built-in functions.
  "abs all any ascii bin bool callable classmethod complex dict dir divmod enumerate float format frozenset",
  "hash help hex id input int isinstance issubclass len max memoryview min next object oct ord pow print property",
  "range repr round slice sum staticmethod super type zip hasattr quit exit Exception",
  "ValueError KeyError TypeError RuntimeError SystemExit OSError IOError FileNotFoundError AssertionError",
  "IndexError AttributeError NotImplementedError StopIteration ImportError PermissionError KeyboardInterrupt",
);

export const valueMethods = names(
  "append extend insert pop clear sort reverse index count add discard remove update union intersection difference",
  "issubset issuperset symmetric_difference keys values items get setdefault fromkeys popitem",
  "startswith endswith find rfind rindex capitalize title swapcase center ljust rjust zfill partition rpartition",
  "rsplit expandtabs translate maketrans isdigit isalpha isalnum isspace isupper islower isnumeric isdecimal",
  "isidentifier istitle removeprefix removesuffix hex fromhex tobytes tolist bit_length as_integer_ratio",
  "write writelines flush close seek tell readable writable fileno isatty seekable readinto",
  "group groups groupdict start end span match search fullmatch findall finditer sub subn",
  "isoformat strftime timestamp total_seconds date time weekday astimezone hexdigest digest",
  "communicate wait poll terminate kill send_signal start put task_done result cancel done submit shutdown acquire release",
  "is_absolute as_posix as_uri match samefile is_mount readlink parents cursor commit rollback fetchall fetchone fetchmany",
  "getvalue namelist getnames getmembers infolist testzip getinfo info debug warning error critical setLevel",
  "add_argument parse_args print_help most_common elements getheader getcode geturl json raise_for_status text",
  "iter find findtext getroot tostring set mean std shape astype",
);

export const reflective = names(
  "__builtins__ __dict__ __class__ __subclasses__ __globals__ __getattribute__ __bases__ __mro__ __code__",
  "__loader__ __closure__ globals locals vars ctypes modules methodcaller attrgetter FunctionType cffi",
);

/** Standard library modules of which only some functions are modelled: the rest is doubt. */
export const modelled = names(
  "os shutil subprocess pathlib glob socket tempfile zipfile tarfile sqlite3 urllib http ftplib smtplib",
  "importlib runpy pickle marshal shelve dbm fileinput asyncio multiprocessing pty resource webbrowser",
  "requests httpx compileall py_compile distutils ensurepip venv pip setuptools imp code codeop gc atexit",
);
