import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigError, DataError } from "../../util/errors.ts";
import {
  diskFileSystem,
  type FileSystem,
  ioError,
  makeDirectories,
  removeLeftovers,
  temporaryPath,
  writeFileAtomic,
} from "./atomic-file.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gantry-atomic-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** A disk with room for `room` more bytes. */
function smallDisk(room: number): FileSystem {
  return {
    ...diskFileSystem,
    write(fd, bytes) {
      if (room === 0) throw systemError("ENOSPC");
      const taken = diskFileSystem.write(fd, bytes.subarray(0, room));
      room -= taken;
      return taken;
    },
  };
}

describe("writeFileAtomic", () => {
  it("writes chunks of bytes and text one after the other, and replaces an old file", () => {
    const path = join(dir, "file");
    writeFileSync(path, "old and much longer than the new one");
    writeFileAtomic(path, [new Uint8Array([65, 66]), "é", Buffer.from("z")]);
    expect(readFileSync(path, "utf8")).toBe("ABéz");
    expect(readdirSync(dir)).toEqual(["file"]);
  });

  it("goes on after a partial write", () => {
    const path = join(dir, "file");
    const stutter: FileSystem = {
      ...diskFileSystem,
      write: (fd, bytes) => diskFileSystem.write(fd, bytes.subarray(0, 3)),
    };
    writeFileAtomic(path, ["0123456789"], stutter);
    expect(readFileSync(path, "utf8")).toBe("0123456789");
  });

  it("flushes the file before the rename and the directory after it", () => {
    const calls: string[] = [];
    const spy: FileSystem = {
      ...diskFileSystem,
      open: (path, flags) => {
        calls.push(`open ${flags}`);
        return diskFileSystem.open(path, flags);
      },
      sync: (fd) => {
        calls.push("sync");
        diskFileSystem.sync(fd);
      },
      rename: (from, to) => {
        calls.push("rename");
        diskFileSystem.rename(from, to);
      },
    };
    writeFileAtomic(join(dir, "file"), ["x"], spy);
    expect(calls).toEqual(["open wx", "sync", "rename", "open r", "sync"]);
  });

  it("keeps the old file and leaves nothing behind when the disk fills up in mid-write; one byte more suffices", () => {
    const path = join(dir, "file");
    writeFileSync(path, "old");
    const write = (room: number): void => writeFileAtomic(path, ["0123", "456789"], smallDisk(room));
    expect(() => write(9)).toThrow(DataError);
    expect(() => write(9)).toThrow(`cannot write ${path}: the disk is full`);
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(dir)).toEqual(["file"]);
    write(10);
    expect(readFileSync(path, "utf8")).toBe("0123456789");
  });

  it.each(["open", "sync", "close", "rename"] as const)("keeps the old file when %s fails", (step) => {
    const path = join(dir, "file");
    writeFileSync(path, "old");
    let failed = false;
    const faulty: FileSystem = {
      ...diskFileSystem,
      [step]: () => {
        failed = true;
        throw systemError("EIO");
      },
    };
    expect(() => writeFileAtomic(path, ["new"], faulty)).toThrow(/input\/output error/);
    expect(failed).toBe(true);
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(dir)).toEqual(["file"]);
  });

  it("cleans up and passes on what the chunks throw", () => {
    const path = join(dir, "file");
    function* chunks(): Generator<string> {
      yield "a";
      throw new ConfigError("from the source");
    }
    expect(() => writeFileAtomic(path, chunks())).toThrow(ConfigError);
    expect(readdirSync(dir)).toEqual([]);
  });

  it("accepts a file system that cannot flush directories, but not a disk that fails then", () => {
    const flush = (code: string): FileSystem => {
      let syncs = 0;
      return {
        ...diskFileSystem,
        sync: () => {
          if (++syncs === 2) throw systemError(code);
        },
      };
    };
    writeFileAtomic(join(dir, "a"), ["x"], flush("EINVAL"));
    expect(readFileSync(join(dir, "a"), "utf8")).toBe("x");
    expect(() => writeFileAtomic(join(dir, "b"), ["x"], flush("EIO"))).toThrow(/cannot flush/);
  });

  it("names a missing directory, a file in the path and a directory in the way", () => {
    writeFileSync(join(dir, "file"), "");
    mkdirSync(join(dir, "directory"));
    expect(() => writeFileAtomic(join(dir, "none/x"), ["x"])).toThrow(/none\/x: no such file or directory/);
    expect(() => writeFileAtomic(join(dir, "file/x"), ["x"])).toThrow(/a part of the path is a file/);
    expect(() => writeFileAtomic(join(dir, "directory"), ["x"])).toThrow(/it is a directory/);
    expect(readdirSync(dir).sort()).toEqual(["directory", "file"]);
  });
});

describe("a real full disk", () => {
  const mount = (): boolean => {
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", dir], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  };

  it("keeps the old file", (context) => {
    if (!mount()) return context.skip("a small tmpfs cannot be mounted here (needs root)");
    try {
      const path = join(dir, "file");
      const old = new Uint8Array(100_000).fill(1);
      writeFileAtomic(path, [old]);
      expect(() => writeFileAtomic(path, [new Uint8Array(200_000)])).toThrow(/the disk is full/);
      expect(readdirSync(dir)).toEqual(["file"]);
      expect(readFileSync(path).equals(old)).toBe(true);
      writeFileAtomic(path, [new Uint8Array(100_000)]);
      expect(readFileSync(path)[0]).toBe(0);
    } finally {
      execFileSync("umount", [dir]);
    }
  });
});

describe("removeLeftovers", () => {
  it("removes temporary files of dead processes only", () => {
    const dead = execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }).trim();
    const mine = temporaryPath(join(dir, "step-1.safetensors"));
    writeFileSync(mine, "");
    writeFileSync(mine.replace(`.${process.pid}-`, `.${dead}-`), "");
    writeFileSync(join(dir, "step-1.safetensors"), "");
    writeFileSync(join(dir, ".hidden.tmp"), "");
    expect(removeLeftovers(dir)).toHaveLength(1);
    expect(readdirSync(dir)).toHaveLength(3);
    expect(readdirSync(dir)).not.toContainEqual(expect.stringContaining(`.${dead}-`));
    expect(removeLeftovers(join(dir, "none"))).toEqual([]);
  });
});

describe("ioError", () => {
  it("puts system codes in words and leaves other errors alone", () => {
    const error = ioError("read", "a/b", systemError("EACCES"));
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toBe("cannot read a/b: permission denied");
    expect((error as DataError).help).toMatch(/this user/);
    expect((ioError("read", "a/b", systemError("EWHAT")) as DataError).message).toMatch(/EWHAT/);
    const bug = new TypeError("bug");
    expect(ioError("read", "a/b", bug)).toBe(bug);
    const known = new ConfigError("known");
    expect(ioError("read", "a/b", known)).toBe(known);
  });
});

describe("makeDirectories", () => {
  it("makes all that is missing, and is content with what is there", () => {
    makeDirectories(join(dir, "a", "b", "c"));
    makeDirectories(join(dir, "a", "b", "c"));
    expect(existsSync(join(dir, "a", "b", "c"))).toBe(true);
  });

  it("refuses a path through a file", () => {
    writeFileSync(join(dir, "file"), "");
    expect(() => makeDirectories(join(dir, "file"))).toThrow(/EEXIST/);
    expect(() => makeDirectories(join(dir, "file", "below"))).toThrow(/ENOTDIR/);
  });

  it.skipIf(!existsSync("/proc/self"))("ends where a file system will not have it", () => {
    expect(() => makeDirectories("/proc/gantry/below")).toThrow(/ENOENT/);
  });
});
