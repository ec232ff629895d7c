// EXPECT_UNDERTONE_ERROR(statement, code, "part of the message").
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <undertone/error.hpp>

#define EXPECT_UNDERTONE_ERROR(statement, expected_code, message_part)            \
  try {                                                                           \
    statement;                                                                    \
    ADD_FAILURE() << "expected an error with code " << to_string(expected_code);  \
  } catch (const ::undertone::Error& error) {                                     \
    EXPECT_EQ(to_string(error.code()), to_string(expected_code)) << error.what(); \
    EXPECT_THAT(error.what(), ::testing::HasSubstr(message_part));                \
  }
