#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/npy.h"
#include "data/dataset.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/zip_writer.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

const fs::path kFixtures = CERTIFY_ARRAY_FIXTURES;
using Shape = std::vector<std::int64_t>;

template <class T>
std::string npy(const std::string& type, const Shape& shape, const std::vector<T>& values) {
  return npy_header(type, shape) +
         std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

std::int64_t elements(const Shape& shape) {
  std::int64_t product = 1;
  for (const std::int64_t length : shape) product *= length;
  return product;
}

/// Element k is (7k) % 256, made a T by `value`.
template <class T, class Value>
std::string ramp(const std::string& type, const Shape& shape, const Value& value) {
  std::vector<T> values;
  for (std::int64_t k = 0; k < elements(shape); ++k) {
    values.push_back(value(static_cast<unsigned char>(7 * k % 256)));
  }
  return npy(type, shape, values);
}

std::string byte_ramp(const Shape& shape) {
  return ramp<unsigned char>("|u1", shape, [](unsigned char b) { return b; });
}
std::string float_ramp(const Shape& shape) {
  return ramp<float>("<f4", shape, [](unsigned char b) { return static_cast<float>(b) / 255.0F; });
}
std::string double_ramp(const Shape& shape) {
  return ramp<double>("<f8", shape, [](unsigned char b) { return b / 255.0; });
}

std::string labels_of(const std::vector<std::int64_t>& labels) {
  return npy("<i8", {std::ssize(labels)}, labels);
}

class Arrays : public testing::Test {
 protected:
  std::unique_ptr<Dataset> open(const std::string& images, const std::string& labels,
                                DatasetRequest request = {}) {
    request.name = "arrays";
    request.images = folder_.write("x.npy", images);
    request.labels = folder_.write("y.npy", labels);
    return open_dataset(request);
  }
  std::unique_ptr<Dataset> open_npz(const std::string& images, const std::string& split = "test") {
    return open_dataset(
        {.name = "arrays", .split = split, .images = folder_.write("d.npz", images)});
  }
  void expect_refused(const std::string& images, const std::string& labels, const std::string& what,
                      DatasetRequest request = {}) {
    EXPECT_THAT([&] { open(images, labels, request); }, ThrowsMessage<DataError>(HasSubstr(what)));
  }
  TemporaryFolder folder_;
};

TEST_F(Arrays, BytesInEitherLayoutAreTheSameImages) {
  const auto last = open(byte_ramp({4, 5, 6, 3}), labels_of({1, 0, 2, 1}));
  EXPECT_EQ(last->size(), 4);
  EXPECT_EQ(last->info().shape, (ImageShape{3, 5, 6}));
  EXPECT_THAT(last->info().class_names, ElementsAre("0", "1", "2"));
  const LabeledImage item = last->at(2);
  EXPECT_EQ(item.index, 2);
  EXPECT_EQ(item.label, 2);
  EXPECT_EQ(item.image.pixels[30], static_cast<float>(7 * (2 * 90 + 1) % 256) / 255.0F);
  EXPECT_THROW(last->at(4), InputError);
  // Those that NumPy wrote are these, channels first, in a packed archive.
  const auto first = open_dataset({.name = "arrays", .images = kFixtures / "packed.npz"});
  EXPECT_EQ(first->info().shape, last->info().shape);
  EXPECT_EQ(first->sha256(), last->sha256());
  for (int i = 0; i < 4; ++i) EXPECT_EQ(first->at(i).image.pixels, last->at(i).image.pixels);
}

TEST_F(Arrays, FloatsOfEightBitsAreTheSameImages) {
  const Shape shape{3, 1, 10, 10};
  const std::string labels = labels_of({0, 1, 2});
  std::string hash;
  std::vector<float> pixels;
  for (const std::string& images : {byte_ramp(shape), float_ramp(shape), double_ramp(shape)}) {
    const auto data = open(images, labels);
    EXPECT_TRUE(data->info().eight_bits);
    if (hash.empty()) {
      hash = data->sha256();
      pixels = data->at(1).image.pixels;
    }
    EXPECT_EQ(data->sha256(), hash);
    EXPECT_EQ(data->at(1).image.pixels, pixels);
  }
}

TEST_F(Arrays, OtherFloatsKeepTheirValues) {
  const std::vector<float> values{0, 0.1F, 0.2F, 1, 0.3F, 0.5F, 0.7F, 0.9F};
  const auto data = open(npy("<f4", {2, 2, 2}, values), labels_of({0, 1}));
  EXPECT_FALSE(data->info().eight_bits);
  EXPECT_EQ(data->info().shape, (ImageShape{1, 2, 2}));
  EXPECT_THAT(data->at(0).image.pixels, ElementsAre(0, 0.1F, 0.2F, 1));
  EXPECT_THAT(data->at(1).image.pixels, ElementsAre(0.3F, 0.5F, 0.7F, 0.9F));
}

TEST_F(Arrays, AFileThatChangesInMidRunIsNoticed) {
  const auto data = open(byte_ramp({3, 4, 4}), labels_of({0, 1, 1}));
  std::string other = byte_ramp({3, 4, 4});
  other.back() = static_cast<char>(other.back() + 1);
  folder_.write("x.npy", other);
  EXPECT_EQ(data->at(0).label, 0);
  EXPECT_THAT([&] { data->at(2); },
              ThrowsMessage<DataError>(HasSubstr("x.npy: image 2 is not what it was")));
}

TEST_F(Arrays, HashTellsImagesLabelsAndShapesApart) {
  const auto hash = [&](const Shape& shape, const std::vector<std::int64_t>& labels) {
    return open(byte_ramp(shape), labels_of(labels))->sha256();
  };
  const std::string one = hash({2, 1, 4, 6}, {0, 1});
  EXPECT_EQ(one, hash({2, 4, 6}, {0, 1}));
  EXPECT_NE(one, hash({2, 1, 4, 6}, {1, 0}));
  EXPECT_NE(one, hash({2, 1, 6, 4}, {0, 1}));
  std::string other = byte_ramp({2, 1, 4, 6});
  other.back() = static_cast<char>(other.back() + 1);
  EXPECT_NE(one, open(other, labels_of({0, 1}))->sha256());
}

TEST_F(Arrays, AnArchiveHoldsTheSplitsByTheirUsualNames) {
  const auto archive = [](const std::vector<std::string>& names) {
    ZipWriter writer;
    std::int64_t count = 1;
    for (std::size_t k = 0; k < names.size(); k += 2) {
      writer.add(names[k] + ".npy", byte_ramp({++count, 4, 4}));
      const std::vector<std::int64_t> labels(static_cast<std::size_t>(count), 1);
      writer.add(names[k + 1] + ".npy", labels_of(labels));
    }
    return writer.bytes();
  };
  const std::string keras = archive({"x_train", "y_train", "x_test", "y_test"});
  EXPECT_EQ(open_npz(keras, "train")->size(), 2);
  EXPECT_EQ(open_npz(keras, "test")->size(), 3);
  const std::string medmnist =
      archive({"train_images", "train_labels", "test_images", "test_labels"});
  EXPECT_EQ(open_npz(medmnist)->size(), 3);
  EXPECT_EQ(open_npz(archive({"images", "labels"}))->size(), 2);
  EXPECT_EQ(open_npz(archive({"x", "y"}), "train")->size(), 2);
  EXPECT_THAT(
      [&] {
        open_npz(archive({"x", "z"}));
      },
      ThrowsMessage<DataError>(HasSubstr("d.npz: has x, z; expected x_test and y_test")));
  folder_.write("t.pth", ZipWriter().add("t/data.pkl", "x").add("t/data/0", "x").bytes());
  EXPECT_THAT([&] { open_dataset({.name = "arrays", .images = folder_ / "t.pth"}); },
              ThrowsMessage<DataError>(
                  AllOf(HasSubstr("t.pth: an archive without arrays"), HasSubstr("torch.save()"))));
  EXPECT_THAT(
      [&] { open_dataset({.name = "arrays", .images = folder_ / "d.npz", .labels = "y.npy"}); },
      ThrowsMessage<InputError>(HasSubstr("d.npz holds the labels, too")));
}

TEST_F(Arrays, AShapeThatDoesNotTellAsksForALayout) {
  const std::string labels = labels_of({0, 1});
  expect_refused(byte_ramp({2, 3, 8, 3}), labels, "of shape (2, 3, 8, 3), two of whose axes");
  expect_refused(byte_ramp({2, 4, 8, 5}), labels, "say --layout nhwc or nchw");
  EXPECT_EQ(open(byte_ramp({2, 3, 8, 3}), labels, {.layout = "nhwc"})->info().shape,
            (ImageShape{3, 3, 8}));
  EXPECT_EQ(open(byte_ramp({2, 4, 8, 5}), labels, {.layout = "nchw"})->info().shape,
            (ImageShape{4, 8, 5}));
  expect_refused(byte_ramp({2, 8, 5}), labels, "leave --layout out", {.layout = "nhwc"});
  expect_refused(byte_ramp({2, 64}), labels, "of shape (2, 64), expected [N,H,W,C]");
}

TEST_F(Arrays, AWrongPixelIsNamedByItsPlace) {
  const auto refused = [&](float value, const std::string& what) {
    std::vector<float> values(2 * 4 * 6 * 3, 0.5F);
    values[1 * 72 + 2 * 18 + 4 * 3 + 1] = value;
    expect_refused(npy("<f4", {2, 4, 6, 3}, values), labels_of({0, 1}),
                   "x.npy: image 1, channel 1, row 2, column 4 is " + what);
  };
  refused(std::nanf(""), "nan, expected floats in [0,1]");
  refused(255, "255, expected floats in [0,1]; 0-255 as floats? divide by 255, or save uint8");
  refused(-1.5F, "-1.5, expected floats in [0,1]; normalised?");
  refused(std::numeric_limits<float>::infinity(), "inf");
  std::vector<double> barely(4, 1 + 1e-12);  // 1 as a float
  expect_refused(npy("<f8", {1, 2, 2}, barely), labels_of({0}), "image 0, channel 0, row 0");
}

TEST_F(Arrays, LabelsAreWholeNumbersOfAnyType) {
  const std::string images = byte_ramp({2, 4, 4});
  const auto second = [&](const std::string& labels) { return open(images, labels)->at(1).label; };
  EXPECT_EQ(second(npy<std::int8_t>("|i1", {2}, {0, 100})), 100);
  EXPECT_EQ(second(npy<std::uint8_t>("|u1", {2, 1}, {0, 200})), 200);
  EXPECT_EQ(second(npy<std::int16_t>("<i2", {2}, {0, 999})), 999);
  EXPECT_EQ(second(npy<std::uint16_t>("<u2", {2}, {0, 999})), 999);
  EXPECT_EQ(second(npy<std::int32_t>("<i4", {2}, {0, 999})), 999);
  EXPECT_EQ(second(npy<std::uint32_t>("<u4", {2}, {0, 999})), 999);
  EXPECT_EQ(second(npy<std::uint64_t>("<u8", {2}, {0, 999})), 999);
  expect_refused(images, npy<float>("<f4", {2}, {0, 1}), "y.npy: of type <f4, expected whole");
  expect_refused(images, npy<std::int64_t>("<i8", {2, 3}, {0, 1, 0, 1, 0, 0}), "y.argmax(1)");
  expect_refused(images, labels_of({0, -1}), "y.npy: label 1 is -1");
  expect_refused(images, labels_of({0, std::int64_t{1} << 40}), "y.npy: label 1 is 1099511627776");
  expect_refused(images, labels_of({0, 1, 2}), "y.npy: 3 labels, but");
}

TEST_F(Arrays, ClassesAreThoseOfAFileOrAsManyAsTheLabelsNeed) {
  const std::string images = byte_ramp({3, 4, 4}), labels = labels_of({0, 2, 1});
  const auto unnamed = open(images, labels);
  EXPECT_THAT(unnamed->info().largest_label, HasSubstr("y.npy: label 1 is 2"));
  EXPECT_EQ(classes_of_network(unnamed->info(), "m.pt", 1000).size(), 1000U);
  EXPECT_THAT([&] { classes_of_network(unnamed->info(), "m.pt", 2); },
              ThrowsMessage<DataError>(
                  AllOf(HasSubstr("y.npy: label 1 is 2, but m.pt answers with 2 classes"))));
  const auto classes = folder_.write("classes.txt", "cat\nbig dog\r\n\nfish\nbird\n");
  const auto named = open(images, labels, {.classes = classes});
  EXPECT_THAT(named->info().class_names, ElementsAre("cat", "big dog", "fish", "bird"));
  EXPECT_THAT([&] { classes_of_network(named->info(), "m.pt", 1000); },
              ThrowsMessage<DataError>(HasSubstr("arrays has 4; --classes FILE names all 1000")));
  folder_.write("classes.txt", "cat\ndog\n");
  expect_refused(images, labels, "y.npy: label 1 is 2, but", {.classes = classes});
}

TEST_F(Arrays, WhatIsNoSuchArrayIsNamed) {
  const std::string images = byte_ramp({2, 4, 4}), labels = labels_of({0, 1});
  expect_refused("hello", labels, "x.npy: not a .npy file");
  expect_refused(images.substr(0, images.size() - 1), labels, "31 bytes of values, expected 32");
  expect_refused(images + "x", labels, "33 bytes of values, expected 32");
  expect_refused(npy<std::uint16_t>("<f2", {2, 2, 2}, std::vector<std::uint16_t>(8)), labels,
                 "of type <f2, expected uint8");
  expect_refused(npy<float>(">f4", {2, 2, 2}, std::vector<float>(8)), labels, "big-endian");
  expect_refused(npy<char>("|O", {2, 2, 2}, std::vector<char>(8)), labels, "of type |O");
  expect_refused(npy<char>("|u1", {0, 2, 2}, {}), labels, "of shape (0, 2, 2): empty");
  expect_refused(npy<char>("|u1", {1 << 30, 1 << 30, 1 << 30}, {}), labels, "no file can hold");
  std::string fortran = images;
  fortran.replace(fortran.find("False"), 5, "True ");
  expect_refused(fortran, labels, "x.npy: in Fortran order; numpy.ascontiguousarray()");
}

TEST_F(Arrays, ZeroAndOneAsBytesAreAskedAbout) {
  const auto note = [&](unsigned char largest) {
    const std::vector<unsigned char> values{0, largest, 0, 0};
    return open(npy("|u1", {1, 2, 2}, values), labels_of({0}))->info().note;
  };
  EXPECT_THAT(note(1), HasSubstr("nearly black"));
  EXPECT_THAT(note(2), IsEmpty());
}

TEST_F(Arrays, OptionsOfOtherDataSetsAreRefused) {
  const auto refused = [](const DatasetRequest& request, const std::string& what) {
    EXPECT_THAT([&] { check_request(request); }, ThrowsMessage<InputError>(HasSubstr(what)));
  };
  refused({.name = "arrays"}, "give --images FILE.npy and --labels FILE.npy");
  refused({.name = "arrays", .resize = 8, .images = "x.npz"}, "no --resize");
  refused({.name = "shapes", .images = "x.npz"}, "are of --dataset arrays");
  refused({.name = "image-folder", .layout = "nhwc"}, "are of --dataset arrays");
  EXPECT_THAT(
      [&] {
        open_dataset({.name = "arrays", .images = folder_.write("x.npy", byte_ramp({2, 4, 4}))});
      },
      ThrowsMessage<InputError>(HasSubstr("give --labels FILE.npy")));
}

/// Whatever a file holds, it is a data set or an error of ours.
TEST_F(Arrays, DamagedFilesAreDataSetsOrErrors) {
  std::mt19937 random(1);
  const std::string labels = labels_of({0, 1});
  int opened = 0, refused = 0;
  const auto attempt = [&](const auto& open_one) {
    try {
      const auto data = open_one();
      for (std::int64_t i = 0; i < data->size(); ++i) data->at(i);
      ++opened;
    } catch (const Error&) {
      ++refused;
    }
  };
  const auto damaged = [&](std::string bytes) {
    for (unsigned k = 0; k <= random() % 3; ++k) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    return bytes;
  };
  const std::string images = float_ramp({2, 2, 3, 1}),
                    archive = read_file(kFixtures / "stored.npz"),
                    packed = read_file(kFixtures / "packed.npz");
  for (int i = 0; i < 200; ++i) {
    attempt([&] { return open(damaged(images), labels); });
    attempt([&] { return open(images, damaged(labels)); });
    attempt([&] { return open_npz(damaged(archive)); });
    attempt([&] { return open_npz(damaged(packed)); });
  }
  EXPECT_GT(opened, 20);
  EXPECT_GT(refused, 200);
}

}  // namespace
}  // namespace certify
